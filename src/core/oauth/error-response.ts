import {
  ApiError,
  AuthError,
  NetworkError,
  ProtocolError,
  type QwenDemoError,
  QuotaError,
  SIGN_IN_AGAIN,
} from '../errors.ts';
import { given } from '../given.ts';
import { isFields } from '../json.ts';
import { redact } from '../redaction.ts';
import { fieldsOf, type OAuthResponse } from './form.ts';

/**
 * The error response of RFC 6749 §5.2. The program decides by `error` only. `error_description` is
 * text for people, and comes from outside.
 */
export interface OAuthErrorResponse {
  error: string;
  error_description?: string;
}

/**
 * The error response in the fields of a response; undefined when they hold no error. Beside the
 * shape of RFC 6749: `{"error":{"code","message"}}` of gateways, `{"errorCode","errorSummary"}` of
 * Okta, and the two shapes of Apigee.
 */
export function parseErrorResponse(
  fields: Readonly<Record<string, unknown>> | undefined,
): OAuthErrorResponse | undefined {
  if (fields === undefined) return undefined;
  const { fault } = fields;
  if (isFields(fault)) return parseErrorResponse(faultOf(fault));
  const { error: named } = fields;
  const source = isFields(named) ? named : fields;
  const error = isFields(named)
    ? (textOf(named.status) ?? textOf(named.type) ?? textOf(named.code) ?? 'error')
    : (textOf(named) ?? textOf(fields.errorCode) ?? textOf(fields.ErrorCode));
  if (error === undefined) return undefined;
  return { error, ...given({ error_description: descriptionOf(source) }) };
}

/** `{"fault":{"faultstring","detail":{"errorcode"}}}` of Apigee, as an error response. */
function faultOf({ faultstring, detail }: Readonly<Record<string, unknown>>) {
  const code = isFields(detail) ? textOf(detail.errorcode) : undefined;
  return { error: code ?? 'fault', error_description: faultstring };
}

function descriptionOf(fields: Readonly<Record<string, unknown>>): string | undefined {
  const { error_description, errorSummary, message, detail, title, Error: text } = fields;
  return [error_description, errorSummary, message, detail, title, text].map(textOf).find(Boolean);
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

const CHECK_CLIENT = 'Check --issuer, --client-id and --scope.';
const CHECK_SECRET =
  'Check --client-id, and whether this client needs a secret: QWEN_DEMO_CLIENT_SECRET.';

type Meaning = readonly [code: string, what: string, hint: string];

const DENIED: Meaning = ['access_denied', 'the sign-in was denied in the browser', SIGN_IN_AGAIN];
const EXPIRED: Meaning = ['expired_token', 'the code was not approved in time', SIGN_IN_AGAIN];
const UNKNOWN_CODE: Meaning = [
  'expired_token',
  'it does not know this code any more',
  SIGN_IN_AGAIN,
];
const UNKNOWN_CLIENT: Meaning = ['invalid_client', 'it does not know this client', CHECK_SECRET];
const INVALID_GRANT: Meaning = [
  'invalid_grant',
  'the grant is invalid or has expired',
  SIGN_IN_AGAIN,
];

/** A map and not an object: a server may send `constructor`, which every object has. */
const MEANINGS = new Map<string, Meaning>(
  Object.entries<Meaning>({
    // RFC 8628 §3.5
    access_denied: DENIED,
    expired_token: EXPIRED,
    // RFC 6749 §5.2
    invalid_client: UNKNOWN_CLIENT,
    unauthorized_client: [
      'unauthorized_client',
      'this client may not sign in this way',
      'Let the client use the device flow in its settings at the issuer, or name another --client-id.',
    ],
    unsupported_grant_type: [
      'unsupported_grant_type',
      'it does not offer this way to sign in',
      'Switch the device flow on at the issuer, or use an API key: qwen-demo auth login --with-api-key',
    ],
    invalid_scope: ['invalid_scope', 'it does not grant this scope', 'Name other scopes: --scope'],
    invalid_request: ['invalid_request', 'it does not accept the request', CHECK_CLIENT],
    invalid_grant: INVALID_GRANT,
    // RFC 6750 §3.1
    invalid_token: ['invalid_token', 'the token is invalid or has expired', SIGN_IN_AGAIN],
    // RFC 8707 §2
    invalid_target: ['invalid_target', 'it does not know this resource', 'Check --resource.'],
    // OpenID Connect Core §3.1.2.6, as Entra ID and Okta send them.
    interaction_required: ['interaction_required', 'it asks for a new sign-in', SIGN_IN_AGAIN],
    login_required: ['interaction_required', 'it asks for a new sign-in', SIGN_IN_AGAIN],
    consent_required: ['interaction_required', 'it asks for consent again', SIGN_IN_AGAIN],
    // Entra ID
    authorization_declined: DENIED,
    code_expired: EXPIRED,
    bad_verification_code: UNKNOWN_CODE,
    // GitHub
    incorrect_device_code: UNKNOWN_CODE,
    bad_refresh_token: INVALID_GRANT,
    incorrect_client_credentials: UNKNOWN_CLIENT,
    device_flow_disabled: [
      'device_flow_disabled',
      'the device flow is switched off for this client',
      'Switch the device flow on in the settings of the app at the issuer.',
    ],
    // Google
    org_internal: [
      'org_internal',
      'only accounts of its organization may use this client',
      'Choose an account of that organization in the browser, or name another --client-id.',
    ],
    admin_policy_enforced: [
      'admin_policy_enforced',
      'an administrator does not allow this scope',
      'Ask the administrator of your organization, or name other scopes: --scope',
    ],
  }),
);

/**
 * The error for an error response: its `code` is the `error` of the standards, or `oauth_error` for
 * any other.
 * @param secrets the values that were sent: a response may repeat them
 */
export function authErrorOf(
  { error, error_description }: OAuthErrorResponse,
  { host, status }: Pick<OAuthResponse, 'host' | 'status'>,
  secrets: readonly string[] = [],
): AuthError {
  const unknown: Meaning = ['oauth_error', `it said ${quote(error, secrets)}`, CHECK_CLIENT];
  const [code, what, hint] = MEANINGS.get(error) ?? unknown;
  const said = error_description ? ` (${quote(error_description, secrets)})` : '';
  return new AuthError(`${host} refused: ${what}${said}`, { code, status, hint });
}

/** Words for a server that is busy: of RFC 8628 §3.5, Google and Auth0. */
const BUSY = new Set(['slow_down', 'rate_limit_exceeded', 'too_many_requests', 'throttled']);
/** Words for a server that fails: of RFC 6749 §4.1.2.1; token endpoints send them too. */
const FAILED = new Set(['temporarily_unavailable', 'server_error', 'internal_error']);

/**
 * The failure of a server, which says nothing about the person or the client: 408, 425, 429 and 5xx
 * whatever the body says, and a body that says so at another status. Undefined for any other response.
 * QuotaError `rate_limited`; NetworkError `request_timeout` at 408; else ApiError `server_error`.
 * @param secrets the values that were sent: a response may repeat them
 */
export function serverFailure(
  response: OAuthResponse,
  secrets: readonly string[] = [],
): QwenDemoError | undefined {
  const { host, status } = response;
  const { error = '' } = parseErrorResponse(fieldsOf(response)) ?? {};
  const words = `(HTTP ${status})${wordsOf(response, secrets)}`;
  if (status === 429 || BUSY.has(error)) {
    return new QuotaError(`${host} accepts no more requests for now ${words}`, {
      code: 'rate_limited',
      permanent: false,
      status,
      hint: 'Wait a minute and try again.',
    });
  }
  if (status === 408) {
    return new NetworkError(`${host} waited too long for the request ${words}`, {
      code: 'request_timeout',
      status,
      hint: 'Try again.',
    });
  }
  if (status !== 425 && status < 500 && !FAILED.has(error)) return undefined;
  return new ApiError(`${host} failed ${words}`, {
    code: 'server_error',
    status,
    hint: 'Try again later.',
  });
}

/**
 * Text from outside for use in a message: in quotation marks, without secrets and control
 * characters, 200 characters at most.
 */
export function quote(text: string, secrets: readonly string[] = []): string {
  const plain = redact(text, secrets)
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
  return JSON.stringify(plain.length > 200 ? `${plain.slice(0, 199)}…` : plain);
}

/**
 * What a server says for people, as `: "text"`: the text of its JSON, the title of its page, or its
 * plain text. Empty when it says nothing, and for plain text of a success, which may hold a token.
 */
function wordsOf(response: OAuthResponse, secrets: readonly string[]): string {
  const { status, body } = response;
  const fields = fieldsOf(response);
  const title = /<(title|h1)\b[^>]*>([^<]*)/i.exec(body)?.[2];
  const plain = status >= 300 && !/^\s*</.test(body) ? body : undefined;
  const said = fields ? saidIn(fields) : (title ?? plain);
  return said === undefined || said.trim() === '' ? '' : `: ${quote(said, secrets)}`;
}

function saidIn(fields: Readonly<Record<string, unknown>>): string | undefined {
  const refused = parseErrorResponse(fields);
  return refused ? (refused.error_description ?? refused.error) : descriptionOf(fields);
}

function isPage({ body, content_type = '' }: OAuthResponse): boolean {
  return /^\s*</.test(body) || /^text\/html\b/i.test(content_type);
}

/**
 * The error for a response that is neither the expected one nor an error response: that of
 * {@link serverFailure}, else ProtocolError `html_answer` or `malformed_answer`.
 * @param secrets the values that were sent: a response may repeat them
 */
export function unexpectedResponse(
  response: OAuthResponse,
  secrets: readonly string[] = [],
): QwenDemoError {
  const failure = serverFailure(response, secrets);
  if (failure) return failure;
  const { host, status } = response;
  const html = isPage(response);
  const what = html ? 'a web page instead of JSON' : 'an answer that OAuth 2.0 does not define';
  return new ProtocolError(`${host} sent ${what} (HTTP ${status})${wordsOf(response, secrets)}`, {
    code: html ? 'html_answer' : 'malformed_answer',
    status,
    hint: html
      ? 'The page comes from a firewall, from a captive portal of your network, or from a server that\n' +
        'no longer offers this login: Qwen switched its free login off on 2026-04-15. Use an API key:\n' +
        '  qwen-demo auth login --with-api-key'
      : 'Check --issuer: is it an OAuth 2.0 authorization server?',
  });
}
