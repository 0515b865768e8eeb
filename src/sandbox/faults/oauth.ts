import type { Fields, Reply } from '../router.ts';
import { count, text, word } from './arguments.ts';
import { edit, editJson, fault, faultOf, reply, type Fault } from './fault.ts';
import { HOSTILE_TEXT, without } from './text.ts';

const tokens = ['poll', 'refresh'] as const;
const device = ['device'] as const;
const poll = ['poll'] as const;

/** What authorization servers do: device codes, polls, tokens and refreshes. */
export const OAUTH: Readonly<Record<string, Fault>> = {
  'no-interval': fault({
    about: 'interval is missing, as at Qwen',
    at: device,
    does: editJson((body) => without(body, 'interval')),
  }),
  interval: faultOf({
    about: 'interval is so many seconds',
    at: device,
    argument: count(3600, 1_000_000_000, 'SECONDS'),
    does: (interval) => editJson(withFields({ interval })),
  }),
  'code-lifetime': faultOf({
    about: 'the device code is said to live for so many seconds',
    at: device,
    argument: count(1, 1_000_000_000, 'SECONDS'),
    does: (expires_in) => editJson(withFields({ expires_in })),
  }),
  'no-user-code': fault({
    about: 'user_code is missing',
    at: device,
    does: editJson((body) => without(body, 'user_code')),
  }),
  'no-complete-uri': fault({
    about: 'verification_uri_complete is missing',
    at: device,
    does: editJson((body) => without(body, 'verification_uri_complete')),
  }),
  'verification-uri': faultOf({
    about: 'both verification URIs are this text',
    at: device,
    argument: text('URI', 'javascript:alert(1)'),
    does: (uri) => editJson(withFields({ verification_uri: uri, verification_uri_complete: uri })),
  }),
  'hostile-code': fault({
    about: 'user_code has escape sequences, bidirectional controls and a workflow command',
    at: device,
    does: editJson(withFields({ user_code: HOSTILE_TEXT })),
  }),
  'pending-200': fault({
    about: 'a pending login is reported as 200 {"status":"pending"}, at least once',
    at: poll,
    does: () => {
      let polls = 0;
      return [
        {
          kind: 'reply',
          reply: () => ((polls += 1) === 1 ? PENDING_200 : undefined),
        },
        edit((answer) => (isError(answer, 'authorization_pending') ? PENDING_200 : answer)),
      ];
    },
  }),
  pending: fault({
    about: 'the login stays pending',
    at: poll,
    does: oauthError('authorization_pending', 'the request is still pending'),
  }),
  'slow-down': faultOf({
    about: 'slow_down, with this status',
    at: poll,
    argument: word('STATUS', '400', { 400: 400, 429: 429 }),
    does: (status) => oauthError('slow_down', 'polling too frequently', status),
  }),
  'code-expired': fault({
    about: 'expired_token: the device code has expired',
    at: poll,
    does: oauthError('expired_token', 'the device_code has expired'),
  }),
  'code-denied': fault({
    about: 'access_denied: the person refused',
    at: poll,
    does: oauthError('access_denied', 'the request was denied'),
  }),
  'refresh-refused': faultOf({
    about: 'the refresh token is refused with this error',
    at: ['refresh'],
    argument: text('ERROR', 'invalid_request'),
    does: (error) => oauthError(error, 'Invalid refresh token or client_id'),
  }),
  'odd-token': fault({
    about: 'expires_in is a word, scope a number, token_type empty',
    at: tokens,
    does: editJson(withFields({ expires_in: 'soon', scope: 7, token_type: '' })),
  }),
  'token-type': faultOf({
    about: 'token_type is this word',
    at: tokens,
    argument: text('TYPE', 'DPoP'),
    does: (token_type) => editJson(withFields({ token_type })),
  }),
  'token-lifetime': faultOf({
    about: 'the access token is said to live for so many seconds',
    at: tokens,
    argument: count(1, 1_000_000_000, 'SECONDS'),
    does: (expires_in) => editJson(withFields({ expires_in })),
  }),
  'no-access-token': fault({
    about: 'access_token is missing',
    at: tokens,
    does: editJson((body) => without(body, 'access_token')),
  }),
  'no-refresh-token': fault({
    about: 'refresh_token is missing',
    at: tokens,
    does: editJson((body) => without(body, 'refresh_token')),
  }),
  'resource-url': faultOf({
    about: 'resource_url is this URL',
    at: tokens,
    argument: text('URL', 'https://elsewhere.example/v1'),
    does: (resource_url) => editJson(withFields({ resource_url })),
  }),
  issuer: faultOf({
    about: 'the metadata name this issuer',
    at: ['metadata'],
    argument: text('URL', 'https://elsewhere.example'),
    does: (issuer) => editJson(withFields({ issuer })),
  }),
  'endpoint-host': faultOf({
    about: 'the metadata name endpoints at this origin',
    at: ['metadata'],
    argument: text('ORIGIN', 'https://elsewhere.example'),
    does: (origin) =>
      editJson((metadata) =>
        Object.fromEntries(
          Object.entries(metadata).map(([name, value]) => [
            name,
            name.endsWith('_endpoint') ? origin + new URL(String(value)).pathname : value,
          ]),
        ),
      ),
  }),
};

const PENDING_200: Reply = { status: 200, body: { status: 'pending' } };

function isError({ body }: Reply, error: string): boolean {
  return typeof body === 'object' && 'error' in body && body.error === error;
}

/** An error of the token endpoint (RFC 6749 §5.2, RFC 8628 §3.5). */
function oauthError(error: string, error_description: string, status = 400) {
  return reply(() => ({ status, body: { error, error_description } }));
}

/** Changes fields of an answer that is no error. */
function withFields(fields: Fields) {
  return (body: Fields): Fields => ('error' in body ? body : { ...body, ...fields });
}
