import type { AccessSource } from '../core/api/access.ts';
import { loginAccess } from '../core/api/login-access.ts';
import type { Credentials } from '../core/credentials/credentials.ts';
import { createFileSession, createStore } from '../core/credentials/file-session.ts';
import type { OnNotice } from '../core/credentials/notice.ts';
import type { Session } from '../core/credentials/session.ts';
import type { CredentialStore } from '../core/credentials/store.ts';
import { AuthError } from '../core/errors.ts';
import type { Send } from '../core/http/message.ts';
import { discover, parseIssuer } from '../core/oauth/discovery.ts';
import { type AuthorizationServer, QWEN_CLIENT_ID, qwenServer } from '../core/qwen/issuer.ts';
import { REFRESH_LIMIT, refreshGrant } from '../core/oauth/refresh.ts';
import { type IssuerSetting, loginFile, type Settings } from '../core/settings/settings.ts';
import type { Context } from './context.ts';
import { notice } from './notice.ts';

const WAITING =
  `Waiting for the new tokens of the login, ${REFRESH_LIMIT} s at most: ` +
  'the server may have replaced the old ones already.';

/** The stored login and what keeps it fresh. */
export interface Login {
  session: Session;
  store: CredentialStore;
  /** @param base_url the API the user named for this login by flag or profile */
  access(base_url: string | undefined): AccessSource;
}

export function openLogin(context: Context, settings: Settings, send: Send): Login {
  const { clock, random, self } = context;
  const path = loginFile(settings).value;
  const onNotice: OnNotice = ({ message }) => notice(context, message);
  const store = createStore({ path, kind: settings.store.value, self, random, onNotice });
  const session = createFileSession({
    path,
    store,
    self,
    clock,
    random,
    refresh: (credentials, control) =>
      refreshGrant({
        ...control,
        server: (signal) => serverOf(credentials, settings, send, signal),
        client_id: credentials.client_id ?? settings.client_id?.value ?? QWEN_CLIENT_ID,
        refresh_token: credentials.refresh_token ?? '',
        resource: credentials.resource,
        send,
        clock,
      }),
    holdEnd: () => context.holdEnd(REFRESH_LIMIT * 1000, () => notice(context, WAITING)),
    onNotice,
  });
  return { session, store, access: (base_url) => loginAccess({ session, base_url }) };
}

/** The authorization server that the settings name. @throws as `discover` */
export async function configuredServer(
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
 * The server that a stored login is refreshed at: the one that gave it, whatever the settings say
 * now. A login that does not say is Qwen's, or that of the server in the settings.
 */
async function serverOf(
  { issuer, token_endpoint }: Credentials,
  settings: Settings,
  send: Send,
  signal: AbortSignal,
): Promise<AuthorizationServer> {
  if (issuer === undefined) return configuredServer(settings.issuer, send, signal);
  const wanted = settings.issuer?.url;
  if (wanted !== undefined && !sameUrl(wanted.value, issuer)) {
    throw new AuthError(`The stored login is from ${issuer}, not from ${wanted.value}`, {
      code: 'other_issuer',
      hint: `Sign in there with \`qwen-demo auth\`, or drop ${wanted.source}.`,
    });
  }
  if (token_endpoint === undefined) return discover({ issuer, send, signal });
  return { issuer, token_endpoint, device_authorization_endpoint: '' };
}

function sameUrl(one: string, other: string): boolean {
  const href = (text: string) => (URL.canParse(text) ? new URL(text).href : text);
  return href(one).replace(/\/+$/, '') === href(other).replace(/\/+$/, '');
}
