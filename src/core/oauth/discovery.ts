import * as z from 'zod/mini';
import { ProtocolError, UsageError } from '../errors.ts';
import { readText } from '../http/body.ts';
import type { Send } from '../http/message.ts';
import { type Answer, OAUTH_TIMEOUTS } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { jsonOrUndefined } from '../json.ts';
import { quote } from './error-response.ts';
import { secureUrl } from './secure-url.ts';

const BODY_CAP = 1024 * 1024;

const metadataSchema = z.looseObject({
  issuer: z.string(),
  device_authorization_endpoint: z.optional(z.string()),
  token_endpoint: z.optional(z.string()),
  revocation_endpoint: z.optional(z.string()),
});

export interface DiscoveryRequest {
  /** An issuer identifier (RFC 8414 §2), as the user wrote it. */
  issuer: string;
  /**
   * Hosts besides the issuer's own that its endpoints may lie on. Some large issuers need it; for
   * all others an endpoint elsewhere is a reason not to send a login there.
   */
  trusted_hosts?: readonly string[] | undefined;
  send: Send;
  signal?: AbortSignal | undefined;
}

/**
 * Asks an issuer for its endpoints: RFC 8414, then OpenID Connect Discovery 1.0.
 * @throws UsageError `invalid_issuer` before anything is sent; ProtocolError `no_metadata`, or what
 *   `parseMetadata` throws; NetworkError; the signal's reason
 */
export async function discover(request: DiscoveryRequest): Promise<AuthorizationServer> {
  const issuer = parseIssuer(request.issuer);
  for (const url of wellKnownUrls(issuer)) {
    const response = await request.send({
      method: 'GET',
      url,
      headers: { accept: 'application/json' },
      default_timeouts: OAUTH_TIMEOUTS,
      signal: request.signal,
    });
    const { host, status } = response;
    const answer = { host, status, body: await readText(response, BODY_CAP) };
    const server = parseMetadata(answer, issuer, request.trusted_hosts);
    if (server) return server;
  }
  throw new ProtocolError(`${issuer.host} does not say where its endpoints are`, {
    code: 'no_metadata',
    hint:
      'Asked in vain:\n' +
      wellKnownUrls(issuer).join('\n') +
      '\nCheck --issuer; for a server with the paths of Qwen set QWEN_DEMO_OAUTH_BASE_URL instead.',
  });
}

/**
 * RFC 8414 §2: https (http on loopback), no query, no fragment.
 * @param source where it comes from, for the message
 * @throws UsageError `invalid_issuer`
 */
export function parseIssuer(issuer: string, source?: string): URL {
  const url = secureUrl(issuer.trim());
  if (url && url.search === '' && url.hash === '') return url;
  const place = source === undefined ? '' : `${source}: `;
  throw new UsageError(`${place}${quote(issuer)} is not an issuer`, {
    code: 'invalid_issuer',
    hint: 'An issuer is an https URL without user, query and fragment: https://login.example.com',
  });
}

/** Where metadata may lie, in the order to ask. */
export function wellKnownUrls(issuer: URL): string[] {
  const path = issuer.pathname.replace(/\/+$/, '');
  const urls = [
    // RFC 8414 §3.1: between host and path
    `${issuer.origin}/.well-known/oauth-authorization-server${path}`,
    // OpenID Connect Discovery 1.0 §4: behind the path
    `${issuer.origin}${path}/.well-known/openid-configuration`,
    // RFC 8414 §5: the former at the place of the latter
    `${issuer.origin}/.well-known/openid-configuration${path}`,
  ];
  return [...new Set(urls)];
}

/**
 * Understands one answer; undefined when there is no metadata at this place.
 * @throws ProtocolError `issuer_mismatch`, `no_device_flow` or `unsafe_endpoint`
 */
export function parseMetadata(
  answer: Answer,
  issuer: URL,
  trusted_hosts: readonly string[] = [],
): AuthorizationServer | undefined {
  const metadata = metadataSchema.safeParse(jsonOrUndefined(answer.body)).data;
  if (answer.status !== 200 || !metadata) return undefined;
  // RFC 8414 §3.3: the issuer must be identical to the one that was asked.
  if (!URL.canParse(metadata.issuer) || new URL(metadata.issuer).href !== issuer.href) {
    throw new ProtocolError(`${answer.host} calls itself ${quote(metadata.issuer)}`, {
      code: 'issuer_mismatch',
      hint: `You asked for ${issuer.href}: check --issuer, letter by letter.`,
    });
  }
  const { device_authorization_endpoint: device, token_endpoint: token } = metadata;
  if (device === undefined || token === undefined) {
    throw new ProtocolError(`${answer.host} offers no device authorization (RFC 8628)`, {
      code: 'no_device_flow',
      hint: 'Sign in at another issuer, or use an API key.',
    });
  }
  const endpoint = (url: string) => requireEndpoint(url, issuer, trusted_hosts);
  const revocation = metadata.revocation_endpoint;
  return {
    issuer: metadata.issuer,
    device_authorization_endpoint: endpoint(device),
    token_endpoint: endpoint(token),
    ...(revocation === undefined ? {} : { revocation_endpoint: endpoint(revocation) }),
  };
}

function requireEndpoint(text: string, issuer: URL, trusted_hosts: readonly string[]): string {
  const url = secureUrl(text);
  if (url && (url.host === issuer.host || trusted_hosts.includes(url.host))) return url.href;
  throw new ProtocolError(`${issuer.host} names an endpoint that is not its own: ${quote(text)}`, {
    code: 'unsafe_endpoint',
    hint: 'Its endpoints must be https and on its own host.',
  });
}
