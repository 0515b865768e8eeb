import { NetworkError, QwenDemoError, UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { readRefusal, readText } from '../http/body.ts';
import { isSuccess, type Send } from '../http/message.ts';
import { jsonOrUndefined } from '../json.ts';
import { quote } from './error-response.ts';
import { type OAuthResponse, STEPS } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { mayBePlain, plainHttp } from '../qwen/endpoint.ts';
import { isLoopbackHost } from '../qwen/hosts.ts';
import { type Answer, discoveryError } from './discovery-error.ts';

/** Bytes. */
const BODY_CAP = 1024 * 1024;

/** The fields of a metadata response; undefined for a body that is no JSON object. */
function fieldsIn(body: string): Readonly<Record<string, unknown>> | undefined {
  const json = jsonOrUndefined(body);
  return typeof json === 'object' && json !== null && !Array.isArray(json)
    ? { ...json }
    : undefined;
}

/** A text; null and every other type count as absent. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** Words: of a list, or of a text with spaces between them; none in a value of another type. */
function wordsOf(value: unknown): string[] {
  const list: unknown = typeof value === 'string' ? value.split(/\s+/) : value;
  return Array.isArray(list) ? list.filter(isWord) : [];
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

/** The endpoints of an issuer, and what else its metadata says (RFC 8414 §2). */
export interface DiscoveredServer extends AuthorizationServer {
  /** Empty when the metadata does not list them. */
  scopes_supported: string[];
  /** Empty when the metadata does not list them. */
  token_endpoint_auth_methods_supported: string[];
}

/** An issuer to find the endpoints of, and what sends the requests. */
export interface DiscoveryRequest {
  /** An issuer identifier (RFC 8414 §2), as the user wrote it. */
  issuer: string;
  /** The hosts beside the issuer's that may have its endpoints: HOST, or HOST:PORT for one port. */
  trust_host?: readonly string[] | undefined;
  /** Endpoints that the user named. They come before those of the metadata. */
  device_authorization_endpoint?: string | undefined;
  token_endpoint?: string | undefined;
  /** Whether the issuer may be plain http beyond loopback and local networks. */
  allow_http?: boolean | undefined;
  send: Send;
  signal?: AbortSignal | undefined;
}

/**
 * Finds the endpoints of an issuer in its metadata: tries the places of RFC 8414 and of OpenID
 * Connect Discovery 1.0 in turn, until one has metadata of this issuer with a device flow.
 * @throws UsageError `invalid_issuer` before a request is sent; NetworkError when the server cannot
 *   be reached; the errors of {@link discoveryError}, which tell what each place answered; the reason
 *   of the signal
 */
export async function discover(request: DiscoveryRequest): Promise<DiscoveredServer> {
  const issuer = parseIssuer(request.issuer, { allow_http: request.allow_http });
  const answers: Answer[] = [];
  for (const url of wellKnownUrls(issuer)) {
    const found = await ask(url, issuer, request);
    if ('token_endpoint' in found) return found;
    answers.push(found);
  }
  throw discoveryError(issuer, answers);
}

/** Milliseconds. Up to four places are asked in turn for a document. */
const METADATA_TIMEOUTS = { headers: 15_000, body: 15_000, total: 15_000 } as const;

/** The failures of the network that only this place may have. */
const OF_ONE_PLACE = new Set(['headers_timeout', 'body_timeout', 'connection_reset', 'timeout']);

/** @throws NetworkError when no place can be reached, UsageError, the reason of the signal */
async function ask(
  url: string,
  issuer: URL,
  request: DiscoveryRequest,
): Promise<DiscoveredServer | Answer> {
  const { send, signal } = request;
  try {
    const response = await send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      step: STEPS.metadata,
      default_timeouts: METADATA_TIMEOUTS,
      signal,
    });
    const { status } = response;
    const body = isSuccess(response)
      ? await readText(response, BODY_CAP)
      : await readRefusal(response);
    const found = parseMetadata({ status, body }, issuer, request);
    if (!('token_endpoint' in found)) return { url, ...found };
    const { scopes_supported: listed } = found;
    // OpenID Connect Core §3.1.2.1: every OpenID provider has this scope, also without a list.
    const openid = listed.length === 0 && url.includes('openid-configuration');
    return openid ? { ...found, scopes_supported: ['openid'] } : found;
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof QwenDemoError) || error instanceof UsageError) throw error;
    if (error instanceof NetworkError && !OF_ONE_PLACE.has(error.code)) throw error;
    const said = error.message.replace(`${issuer.host} `, '');
    return { url, code: error.code, said, error };
  }
}

/**
 * Parses an issuer identifier (RFC 8414 §2) that the user names: https, or http as
 * {@link mayBePlain} allows it; no query, no fragment.
 * @throws UsageError `invalid_issuer`, `plain_http`
 */
export function parseIssuer(issuer: string, { source, allow_http = false }: NamedUrl = {}): URL {
  const url = secureUrl(issuer.trim(), () => true);
  if (url && !mayBePlain(url, allow_http)) throw plainHttp(`${source ?? 'The issuer'} names`, url);
  if (url && url.search === '' && url.hash === '') return url;
  const place = source === undefined ? '' : `${source}: `;
  throw new UsageError(`${place}${quote(issuer)} is not an issuer`, {
    code: 'invalid_issuer',
    hint: 'An issuer is an https URL without user, query and fragment: https://login.example.com',
  });
}

/** What is known of a URL that the user names. */
export interface NamedUrl {
  /** The flag or variable it comes from, for the message. */
  source?: string | undefined;
  /** Whether it may be plain http beyond loopback and local networks. */
  allow_http?: boolean | undefined;
}

/** The URLs at which metadata may be, in the order of the requests. */
export function wellKnownUrls(issuer: URL): string[] {
  const path = issuer.pathname.replace(/\/+$/, '');
  const urls = [
    // RFC 8414 §3.1: between host and path
    `${issuer.origin}/.well-known/oauth-authorization-server${path}`,
    // OpenID Connect Discovery 1.0 §4: after the path
    `${issuer.origin}${path}/.well-known/openid-configuration`,
    // Okta has the former at the place of the latter, RFC 8414 §5 the latter at that of the former.
    `${issuer.origin}${path}/.well-known/oauth-authorization-server`,
    `${issuer.origin}/.well-known/openid-configuration${path}`,
  ];
  return [...new Set(urls)];
}

/** What a place answered without metadata that can be used. */
type Unusable = Omit<Answer, 'url'>;

/** Parses a metadata response: the server, or why it cannot be used. */
export function parseMetadata(
  { status, body }: Pick<OAuthResponse, 'status' | 'body'>,
  issuer: URL,
  request: Omit<DiscoveryRequest, 'issuer' | 'send'> = {},
): DiscoveredServer | Unusable {
  const metadata = status === 200 ? fieldsIn(body) : undefined;
  const named = textOf(metadata?.issuer);
  const device =
    request.device_authorization_endpoint ?? textOf(metadata?.device_authorization_endpoint);
  const token = request.token_endpoint ?? textOf(metadata?.token_endpoint);
  if (
    metadata === undefined ||
    (named === undefined && textOf(metadata.token_endpoint) === undefined)
  ) {
    const what = /^\s*</.test(body) ? 'a web page' : 'no metadata';
    return { code: 'no_metadata', status, said: status === 200 ? what : `HTTP ${status}` };
  }
  if (named === undefined || !isIssuer(named, issuer)) {
    const said = named === undefined ? 'metadata without an issuer' : `metadata of ${quote(named)}`;
    return { code: 'issuer_mismatch', said, named };
  }
  if (device === undefined || token === undefined) {
    const missing = device === undefined ? 'device_authorization_endpoint' : 'token_endpoint';
    return { code: 'no_device_flow', said: `metadata without ${missing}` };
  }
  const own = new Set([request.device_authorization_endpoint, request.token_endpoint]);
  for (const endpoint of [device, token]) {
    const host = own.has(endpoint) ? undefined : untrustedHost(endpoint, issuer, request);
    if (host === undefined) continue;
    return { code: 'unsafe_endpoint', said: `an endpoint at ${quote(endpoint)}`, host };
  }
  const revocation = textOf(metadata.revocation_endpoint);
  const revocable = revocation && untrustedHost(revocation, issuer, request) === undefined;
  return {
    issuer: named.includes('{') ? issuer.href : named,
    device_authorization_endpoint: new URL(device).href,
    token_endpoint: new URL(token).href,
    ...given({ revocation_endpoint: revocable ? new URL(revocation).href : undefined }),
    scopes_supported: wordsOf(metadata.scopes_supported),
    token_endpoint_auth_methods_supported: wordsOf(metadata.token_endpoint_auth_methods_supported),
  };
}

/**
 * RFC 8414 §3.3: the issuer must be identical to the one in the request. Two differences are known
 * and harmless: a final slash, and the `{tenantid}` in the metadata of Entra ID for all tenants.
 */
function isIssuer(named: string, issuer: URL): boolean {
  if (!URL.canParse(named)) return false;
  const [parts, asked] = [new URL(named).href, issuer.href].map((href) =>
    href.replace(/\/+$/, '').split('/'),
  ) as [string[], string[]];
  return (
    parts.length === asked.length &&
    parts.every((part, at) => part === asked[at] || (at > 2 && part === '%7Btenantid%7D'))
  );
}

/**
 * Metadata is not signed: an endpoint on another host could receive the login of this issuer. It is
 * plain http only at an issuer that is so itself.
 * @returns undefined for an endpoint that may be used; else its host, '' when no host can be trusted
 */
function untrustedHost(
  endpoint: string,
  issuer: URL,
  { trust_host = [] }: Pick<DiscoveryRequest, 'trust_host'>,
): string | undefined {
  const url = secureUrl(endpoint, ({ origin }) => origin === issuer.origin);
  if (url === undefined) return '';
  const trusted = [issuer.host, ...trust_host];
  return trusted.includes(url.host) || trust_host.includes(url.hostname) ? undefined : url.host;
}

/**
 * Parses a URL that may receive secrets and that a browser may open: https, or http on loopback, and
 * without user info, which can make one host look like another. Undefined for any other text.
 * @param plain whether a URL may be http off loopback
 */
export function secureUrl(text: string, plain?: (url: URL) => boolean): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.protocol === 'https:') return url;
  if (url.protocol !== 'http:') return undefined;
  return isLoopbackHost(url.hostname) || plain?.(url) ? url : undefined;
}
