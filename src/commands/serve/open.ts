import { createPassThrough } from '../../core/api/pass-through.ts';
import { withRetries } from '../../core/http/retry.ts';
import { type Plan, PLAN_TITLES, planOfHost } from '../../core/qwen/plans.ts';
import { openAccess, retryOptions, settingsOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { reportOf } from '../hint-commands.ts';
import { notice } from '../notice.ts';
import type { ConnectionOptions } from '../options.ts';
import { clientKey } from './client-key.ts';
import type { Screen } from './screen.ts';
import { startLocalEndpoint } from './server.ts';

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

/** What a plan allows, for those that allow only certain clients. */
const TERMS: Partial<Record<Plan, string>> = {
  coding:
    'is for interactive coding tools alone: its terms forbid scripts, backends and batch jobs',
  token: 'is for AI tools that a person uses: read its terms before a script or a backend uses it',
};

/**
 * Starts the endpoint for the login or the key of the settings.
 * @throws UsageError `port_unavailable` and those of the settings and the key file; AuthError,
 *   StorageError of the access
 */
export async function openEndpoint(
  context: Context,
  flags: ServeFlags,
  screen: Pick<Screen, 'served' | 'failed'>,
) {
  const { clock } = context;
  const settings = await settingsOf(context, flags);
  const key = await clientKey(context, flags.clientKeyFile);
  const send = transportOf(context, settings);
  const access = await openAccess(context, settings, send);
  // A login that is dead already is said now, and not to the first client.
  const { endpoint: api } = await access.get(context.signal);
  sayTerms(context, api);
  const headers = Object.fromEntries(settings.headers.map(({ name, value }) => [name, value]));
  const passThrough = createPassThrough({
    send,
    retrying: withRetries(send, retryOptions(context, settings)),
    access,
    user_agent: settings.user_agent.value,
    headers,
  });
  const endpoint = await startLocalEndpoint({
    port: flags.port,
    passThrough,
    clock,
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

function sayTerms(context: Context, api: string): void {
  const plan = planOfHost(new URL(api).hostname);
  const terms = plan && TERMS[plan];
  if (plan && terms) notice(context, `The ${PLAN_TITLES[plan]} ${terms}.`);
}
