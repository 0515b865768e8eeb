import type { FormFields } from './form.ts';

/** The ways to send a client secret, by their names in RFC 7591 §2. */
export const CLIENT_AUTH_METHODS = ['client_secret_post', 'client_secret_basic'] as const;
/** See `CLIENT_AUTH_METHODS`. */
export type ClientAuthMethod = (typeof CLIENT_AUTH_METHODS)[number];

/** A client of an authorization server, and how it identifies itself (RFC 6749 §2.3.1). */
export interface OAuthClient {
  client_id: string;
  /** Absent for a public client. */
  client_secret?: string | undefined;
  /** How the secret is sent; without a value in the body. */
  token_endpoint_auth_method?: ClientAuthMethod | undefined;
}

/**
 * The fields of a form that identify the client. With `client_secret_basic` there are none: Okta
 * refuses a request that repeats `client_id` beside the header.
 */
export function clientForm(client: OAuthClient): FormFields {
  if (isBasic(client)) return {};
  const { client_id, client_secret } = client;
  return { client_id, client_secret };
}

/** The header that authenticates the client by `client_secret_basic`; otherwise none. */
export function clientHeaders(client: OAuthClient): Record<string, string> {
  if (!isBasic(client)) return {};
  const pair = [client.client_id, client.client_secret ?? ''].map(formEncoded).join(':');
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

/** The secrets of a client in every form in which it sends them: a response may repeat them. */
export function secretsOfClient({ client_id, client_secret }: OAuthClient): string[] {
  if (client_secret === undefined) return [];
  const basic = { client_id, client_secret, token_endpoint_auth_method: 'client_secret_basic' };
  const { authorization = '' } = clientHeaders(basic as OAuthClient);
  const encoded = [formEncoded(client_secret), encodeURIComponent(client_secret)];
  return [client_secret, ...encoded, authorization.replace('Basic ', '')];
}

function isBasic({ client_secret, token_endpoint_auth_method: method }: OAuthClient): boolean {
  return client_secret !== undefined && method === 'client_secret_basic';
}

/** RFC 6749 §2.3.1 and appendix B: both halves are form-encoded before they are joined. */
function formEncoded(text: string): string {
  return new URLSearchParams([['', text]]).toString().slice(1);
}
