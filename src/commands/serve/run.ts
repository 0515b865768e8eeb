import { Interrupted } from '../../core/errors.ts';
import type { Context } from '../context.ts';
import { aborted } from '../listening.ts';
import { notice } from '../notice.ts';
import { openEndpoint, type ServeFlags } from './open.ts';
import { createScreen } from './screen.ts';
import type { LocalEndpoint } from './server.ts';

/** Milliseconds that requests in flight have after SIGTERM. */
const DRAIN_MS = 30_000;

/**
 * Serves until a signal ends the program.
 * @throws UsageError `port_unavailable` and those of the settings and the key file; AuthError,
 *   StorageError of the access
 */
export async function runServe(context: Context, flags: ServeFlags): Promise<void> {
  const screen = createScreen(context, flags.json === true);
  const { endpoint, key } = await openEndpoint(context, flags, screen, true);
  await screen.started(endpoint.url, key);
  if (flags.json !== true) {
    notice(context, `Listening on ${endpoint.url} until you press Ctrl-C.`);
  }
  await aborted(context.signal);
  screen.ended(await end(endpoint, context));
}

/** SIGTERM lets requests in flight end, Ctrl-C and a second signal do not. Resolves to how many were cut off. */
async function end(endpoint: LocalEndpoint, { signal, holdEnd }: Context): Promise<number> {
  const { reason } = signal as { reason: unknown };
  if (!(reason instanceof Interrupted) || reason.signal !== 'SIGTERM') return endpoint.drain(0);
  const release = holdEnd(DRAIN_MS, (again) => {
    if (again) endpoint.cutOff();
  });
  try {
    return await endpoint.drain(DRAIN_MS);
  } finally {
    release();
  }
}
