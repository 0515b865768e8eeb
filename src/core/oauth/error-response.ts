import {
  ApiError,
  AuthError,
  NetworkError,
  ProtocolError,
  type QwenDemoError,
  QuotaError,
} from '../errors.ts';
import { given } from '../given.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import { redact } from '../redaction.ts';
import { BUSY, CHECK_CLIENT, FAILED, isKnown, type Meaning, MEANINGS } from './error-words.ts';
import { fieldsOf, type OAuthResponse } from './form.ts';

/**
 * The error response of RFC 6749 §5.2. The program decides by `error` only. `error_description` is
 * text for people, and comes from outside.
 */
export interface OAuthErrorResponse {
  error: string;
  error_description?: string;
  /** What Entra ID adds to `invalid_grant` and `interaction_required`. */
  suberror?: string;
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
  const word = isFields(named)
    ? (textOf(named.status) ?? textOf(named.type) ?? textOf(named.code) ?? 'error')
    : (textOf(named) ?? textOf(fields.errorCode) ?? textOf(fields.ErrorCode));
  if (word === undefined) return undefined;
  const error_description = descriptionOf(source);
  // `{"error":"Bad Request","message":"authorization_pending"}`, as NestJS wraps it.
  const known = [word, fields.code, error_description].map(wordOf).find(isKnown);
  const suberror = textOf(source.suberror);
  return { error: known ?? word, ...given({ error_description, suberror }) };
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value.trim().toLowerCase() : '';
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

/**
 * The error for an error response: its `code` is the `error` of the standards, or `oauth_error` for
 * any other.
 * @param secrets the values that were sent: a response may repeat them
 * @param own what words mean to this request
 */
export function authErrorOf(
  refused: OAuthErrorResponse,
  { host, status }: Pick<OAuthResponse, 'host' | 'status'>,
  secrets: readonly string[] = [],
  own?: ReadonlyMap<string, Meaning>,
): AuthError {
  const { error, suberror = '' } = refused;
  const unknown: Meaning = ['oauth_error', `it said ${quote(error, secrets)}`, CHECK_CLIENT];
  const [code, what, hint] =
    MEANINGS.get(suberror) ?? own?.get(error) ?? MEANINGS.get(error) ?? unknown;
  const said = saidBeside(refused, secrets);
  return new AuthError(`${host} refused: ${what}${said}`, { code, status, hint });
}

/** What a refusal says beside its `error`, as ` ("text", suberror "word")`. */
export function saidBeside(
  { error_description, suberror }: OAuthErrorResponse,
  secrets: readonly string[],
): string {
  const parts = [
    ...(error_description ? [quote(error_description, secrets)] : []),
    ...(suberror ? [`suberror ${quote(suberror, secrets)}`] : []),
  ];
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

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
 * {@link serverFailure}, else ProtocolError `html_answer`, `unreadable_answer` (a success without
 * JSON, as when a proxy cuts it off) or `malformed_answer`.
 * @param secrets the values that were sent: a response may repeat them
 */
export function unexpectedResponse(
  response: OAuthResponse,
  secrets: readonly string[] = [],
): QwenDemoError {
  const failure = serverFailure(response, secrets);
  if (failure) return failure;
  const { host, of_qwen = false, status } = response;
  const html = isPage(response);
  const isReadable =
    fieldsOf(response) !== undefined || jsonOrUndefined(response.body) !== undefined;
  const isCut = !isReadable && status >= 200 && status < 300;
  const what = html ? 'a web page instead of JSON' : unexpected(response.body, isReadable);
  return new ProtocolError(`${host} sent ${what} (HTTP ${status})${wordsOf(response, secrets)}`, {
    code: html ? 'html_answer' : isCut ? 'unreadable_answer' : 'malformed_answer',
    status,
    hint: html ? pageHint(of_qwen) : 'Check --issuer: is it an OAuth 2.0 authorization server?',
  });
}

function unexpected(body: string, isReadable: boolean): string {
  if (body.trim() === '') return 'an empty answer';
  return isReadable ? 'JSON without the fields of OAuth 2.0' : 'an answer that is not JSON';
}

function pageHint(of_qwen: boolean): string {
  const source = 'The page comes from a firewall, from a captive portal of your network, or from a';
  if (!of_qwen) return `${source}\nserver that is no OAuth 2.0 endpoint. Check --issuer.`;
  return (
    `${source} server that\n` +
    'no longer offers this login: Qwen switched its free login off on 2026-04-15. Use an API key:\n' +
    '  qwen-demo auth login --with-api-key'
  );
}
