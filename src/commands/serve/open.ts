import type { AccessSource } from '../../core/api/access.ts';
import { createPassThrough } from '../../core/api/pass-through.ts';
import { AuthError, NetworkError } from '../../core/errors.ts';
import { withRetries } from '../../core/http/retry.ts';
import { preloadTransport } from '../../core/http/transport.ts';
import { createCollector } from '../collector.ts';
import { openAccess, retryOptions, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { reportOf } from '../hint-commands.ts';
import type { ConnectionOptions } from '../options.ts';
import { secretsOfRun } from '../secrets.ts';
import { clientKey } from './client-key.ts';
import type { Screen } from './screen.ts';
import { startLocalEndpoint } from './server.ts';
import { sayTerms } from './terms.ts';

/** What commander makes of the command line of `serve`. */
export interface ServeFlags extends ConnectionOptions {
  port: number;
  clientKeyFile?: string;
  map?: ReadonlyMap<string, string>;
  /** In bytes. Default 32 MiB. */
  maxBody?: number;
  json?: boolean;
}

/** Bytes. */
const DEFAULT_BODY = 32 * 2 ** 20;

/**
 * Starts the endpoint for the login or the key of the settings.
 * @param waits whether it starts also without a usable login, for one that is made later
 * @throws UsageError `port_unavailable` and those of the settings and the key file; AuthError,
 *   StorageError of the access
 */
export async function openEndpoint(
  context: Context,
  flags: ServeFlags,
  screen: Pick<Screen, 'served' | 'failed'>,
  waits: boolean,
) {
  const { clock } = context;
  const settings = await settingsOf(context, flags);
  const key = await clientKey(context, flags.clientKeyFile);
  const send = transportOf(context, settings);
  const access = sayingTerms(context, await openAccess(context, settings, send));
  secretsOfRun(context).add(key.key);
  // The first client shall not wait for it.
  const loading = preloadTransport();
  // A login that is dead already is said now, and not to the first client.
  await access.get(context.signal).catch((error: unknown) => {
    if (!canPass(error) || !waits) throw error;
    const { message, hint } = reportOf(context, error);
    screen.failed(message, hint);
  });
  const headers = Object.fromEntries(settings.headers.map(({ name, value }) => [name, value]));
  const passThrough = createPassThrough({
    send,
    retrying: withRetries(send, retryOptions(context, settings)),
    access,
    user_agent: settings.user_agent.value,
    headers,
  });
  await loading;
  const endpoint = await startLocalEndpoint({
    port: flags.port,
    passThrough,
    clock,
    collector: createCollector(),
    client_key: key.key,
    models: flags.map ?? new Map(),
    max_body: flags.maxBody ?? DEFAULT_BODY,
    secrets: Object.values(headers),
    onServed: screen.served,
    onFailure: (error) => {
      const { message, hint } = reportOf(context, error);
      screen.failed(message, hint);
      return hint === undefined ? message : `${message}. ${hint}`;
    },
  });
  return { endpoint, key };
}

/** The same access; the terms are said when it is first known where requests go. */
function sayingTerms(context: Context, access: AccessSource): AccessSource {
  let said = false;
  return {
    ...access,
    async get(signal) {
      const found = await access.get(signal);
      if (!said) sayTerms(context, found.endpoint);
      said = true;
      return found;
    },
  };
}

/** Whether a server waits for what was said: a login is made, and a network comes back. */
function canPass(error: unknown): boolean {
  return error instanceof AuthError || error instanceof NetworkError;
}
