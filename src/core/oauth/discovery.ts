import * as z from 'zod/mini';
import { ProtocolError, UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { readText } from '../http/body.ts';
import type { Send } from '../http/message.ts';
import { jsonOrUndefined } from '../json.ts';
import { quote } from './error-response.ts';
import { type OAuthResponse, OAUTH_TIMEOUTS } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { isLoopbackHost } from '../qwen/hosts.ts';

/** Bytes. */
const BODY_CAP = 1024 * 1024;

const metadataSchema = z.looseObject({
  issuer: z.string(),
  device_authorization_endpoint: z.optional(z.string()),
  token_endpoint: z.optional(z.string()),
  revocation_endpoint: z.optional(z.string()),
});

/** An issuer to find the endpoints of, and what sends the requests. */
export interface DiscoveryRequest {
  /** An issuer identifier (RFC 8414 §2), as the user wrote it. */
  issuer: string;
  send: Send;
  signal?: AbortSignal | undefined;
}

/**
 * Finds the endpoints of an issuer in its metadata: RFC 8414, then OpenID Connect Discovery 1.0.
 * @throws UsageError `invalid_issuer` before a request is sent; ProtocolError `no_metadata`,
 *   `issuer_mismatch`, `no_device_flow`, `unsafe_endpoint`; the errors of {@link Send}
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
    const body = await readText(response, BODY_CAP);
    const server = parseMetadata({ host, status, body }, issuer);
    if (server) return server;
  }
  throw new ProtocolError(`${issuer.host} publishes no metadata about its endpoints`, {
    code: 'no_metadata',
    hint:
      `None of these URLs serves it:\n${wellKnownUrls(issuer).join('\n')}\n` +
      'Check --issuer. For a server with the paths of Qwen set QWEN_DEMO_OAUTH_BASE_URL instead.',
  });
}

/**
 * Parses an issuer identifier (RFC 8414 §2): https (http on loopback), no query, no fragment.
 * @param source the flag or variable it comes from, for the message
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

/** The URLs at which metadata may be, in the order of the requests. */
export function wellKnownUrls(issuer: URL): string[] {
  const path = issuer.pathname.replace(/\/+$/, '');
  const urls = [
    // RFC 8414 §3.1: between host and path
    `${issuer.origin}/.well-known/oauth-authorization-server${path}`,
    // OpenID Connect Discovery 1.0 §4: after the path
    `${issuer.origin}${path}/.well-known/openid-configuration`,
    // RFC 8414 §5: the name of the latter at the place of the former
    `${issuer.origin}/.well-known/openid-configuration${path}`,
  ];
  return [...new Set(urls)];
}

/**
 * Parses a metadata response; undefined when it holds no metadata.
 * @throws ProtocolError `issuer_mismatch`, `no_device_flow` or `unsafe_endpoint`
 */
export function parseMetadata(
  { host, status, body }: OAuthResponse,
  issuer: URL,
): AuthorizationServer | undefined {
  const metadata = metadataSchema.safeParse(jsonOrUndefined(body)).data;
  if (status !== 200 || !metadata) return undefined;
  // RFC 8414 §3.3: the issuer must be identical to the one in the request.
  if (!URL.canParse(metadata.issuer) || new URL(metadata.issuer).href !== issuer.href) {
    throw new ProtocolError(
      `The metadata of ${host} is for another issuer, ${quote(metadata.issuer)}`,
      {
        code: 'issuer_mismatch',
        hint: `You named ${issuer.href}: check each character of --issuer.`,
      },
    );
  }
  const { device_authorization_endpoint: device, token_endpoint: token } = metadata;
  if (device === undefined || token === undefined) {
    throw new ProtocolError(`${host} offers no device authorization (RFC 8628)`, {
      code: 'no_device_flow',
      hint: 'Sign in at another issuer, or use an API key: qwen-demo auth login --with-api-key',
    });
  }
  const revocation = metadata.revocation_endpoint;
  return {
    issuer: metadata.issuer,
    device_authorization_endpoint: requireEndpoint(device, issuer),
    token_endpoint: requireEndpoint(token, issuer),
    ...given({ revocation_endpoint: revocation && requireEndpoint(revocation, issuer) }),
  };
}

/** Metadata is not signed: an endpoint on another host could receive the login of this issuer. */
function requireEndpoint(text: string, issuer: URL): string {
  const url = secureUrl(text);
  if (url?.host === issuer.host) return url.href;
  throw new ProtocolError(`${issuer.host} names an endpoint on another host: ${quote(text)}`, {
    code: 'unsafe_endpoint',
    hint: 'The endpoints of an issuer must be https URLs on its own host.',
  });
}

/**
 * Parses a URL that may receive secrets and that a browser may open: https, or http on loopback, and
 * without user info, which can make one host look like another. Undefined for any other text.
 */
export function secureUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') return undefined;
  if (url.protocol === 'https:') return url;
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) ? url : undefined;
}
