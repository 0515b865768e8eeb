import { OAUTH_PATHS } from '../oauth/authorization-server.ts';
import { mediaType, readBody, type Exchange } from '../router.ts';

/** The endpoints that can fail, each with what requests it. */
export const ENDPOINTS = {
  metadata: 'the metadata of the issuer (RFC 8414)',
  device: 'the request for a device code',
  poll: 'a poll of the token endpoint for a device code',
  refresh: 'a refresh at the token endpoint',
  revoke: 'the revocation of a token',
  models: 'the list of models, and one model',
  chat: 'a chat completion',
} as const;

/** The name of an endpoint. */
export type Endpoint = keyof typeof ENDPOINTS;

/** Names for more than one endpoint. */
export const GROUPS = {
  token: ['poll', 'refresh'],
  oauth: ['metadata', 'device', 'poll', 'refresh', 'revoke'],
  api: ['models', 'chat'],
  all: ['metadata', 'device', 'poll', 'refresh', 'revoke', 'models', 'chat'],
} as const satisfies Record<string, readonly Endpoint[]>;

/** The endpoints of a name; undefined for an unknown one. */
export function endpointsOf(name: string): readonly Endpoint[] | undefined {
  if (Object.hasOwn(GROUPS, name)) return GROUPS[name as keyof typeof GROUPS];
  return Object.hasOwn(ENDPOINTS, name) ? [name as Endpoint] : undefined;
}

const BY_ROUTE: Readonly<Record<string, Endpoint>> = {
  [OAUTH_PATHS.metadata]: 'metadata',
  [OAUTH_PATHS.device]: 'device',
  [OAUTH_PATHS.revoke]: 'revoke',
  '/v1/models': 'models',
  '/v1/models/': 'models',
  '/v1/chat/completions': 'chat',
};

const MAX_FORM_BYTES = 16 * 1024;

/** The endpoint that a request is for; undefined for the page of a person. @throws ErrorReply 413 */
export async function endpointFor(
  route: string,
  { request }: Exchange,
): Promise<Endpoint | undefined> {
  if (route !== OAUTH_PATHS.token) return BY_ROUTE[route];
  if (mediaType(request) !== 'application/x-www-form-urlencoded') return 'poll';
  const form = new URLSearchParams(await readBody(request, MAX_FORM_BYTES));
  return form.get('grant_type') === 'refresh_token' ? 'refresh' : 'poll';
}
