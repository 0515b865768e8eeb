/** The authorization server of a new login, and that of a stored one. */
import { AuthError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import { discover, parseIssuer } from '../oauth/discovery.ts';
import { type AuthorizationServer, QWEN_ISSUER, qwenServer } from '../qwen/issuer.ts';
import type { IssuerSetting } from '../settings/settings.ts';
import type { Credentials } from './credentials.ts';

/**
 * The server that the settings name: by its metadata, or with the paths of Qwen's.
 * @param issuer undefined: Qwen's own
 * @throws UsageError `invalid_issuer`; the errors of {@link discover}
 */
export async function findServer(
  issuer: IssuerSetting | undefined,
  send: Send,
  signal?: AbortSignal,
): Promise<AuthorizationServer> {
  if (issuer === undefined) return qwenServer();
  const { value, source } = issuer.url;
  if (issuer.kind === 'discovery') return discover({ issuer: value, send, signal });
  return qwenServer(parseIssuer(value, source).href);
}

/**
 * The server that refreshes a stored login: the one that issued it, whatever the settings name now.
 * Credentials that record no issuer are Qwen's, or those of the server in the settings.
 * @throws AuthError `other_issuer` when the settings name another one; the errors of
 *   {@link findServer}
 */
export async function findServerOf(
  { issuer, token_endpoint }: Credentials,
  configured: IssuerSetting | undefined,
  send: Send,
  signal?: AbortSignal,
): Promise<Pick<AuthorizationServer, 'token_endpoint'>> {
  if (issuer === undefined) return findServer(configured, send, signal);
  if (configured !== undefined && !sameUrl(configured.url.value, issuer)) {
    const { value, source } = configured.url;
    throw new AuthError(`The stored login is from ${issuer}, not from ${value}`, {
      code: 'other_issuer',
      hint: `Sign in there with \`qwen-demo auth\`, or drop ${source}.`,
    });
  }
  return token_endpoint === undefined ? discover({ issuer, send, signal }) : { token_endpoint };
}

/** The issuer of stored credentials: those of Qwen record none. */
export function issuerOf({ issuer = QWEN_ISSUER }: Credentials): string {
  return issuer;
}

function sameUrl(one: string, other: string): boolean {
  const href = (text: string) => (URL.canParse(text) ? new URL(text).href : text);
  return href(one).replace(/\/+$/, '') === href(other).replace(/\/+$/, '');
}
