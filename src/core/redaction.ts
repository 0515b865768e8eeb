/** The text that replaces a secret. */
export const REDACTED = '[redacted]';

const SECRET_HEADERS =
  /^(authorization|proxy-authorization|cookie|set-cookie|.*(token|secret|api-?key).*)$/i;

/** Keys whose values are secrets wherever they occur: OAuth's (RFC 6749, 7636, 8628) and API keys. */
const SECRET_KEYS =
  'access_token|refresh_token|id_token|device_code|user_code|code_verifier|client_secret|' +
  'authorization|password|api[-_]?key|secret|token';

/** The name of a field whose value is a secret. */
export const SECRET_FIELD = new RegExp(`^(${SECRET_KEYS})$`);
const KEY_VALUE = new RegExp(
  `(["']?(?:${SECRET_KEYS})["']?\\s*[:=]\\s*["']?)(?!Bearer\\b)[^"'\\s&,;}]+`,
  'gi',
);
// "Bearer token expired" in the message of a server contains no secret.
const BEARER = /\b(Bearer\s+)(?!(?:tokens?|authentication|auth|realm)\b)[A-Za-z0-9._~+/=-]+/gi;
const API_KEY = /\bsk-[A-Za-z0-9_-]{8,}/g;
// RFC 7519 §3: three base64url parts, the first of which is a JSON object (`{"` is `eyJ`).
const JWT = /\beyJ[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*/g;

// RFC 3986 §3.2.1: a password in a URL, or a token in the place of the name.
const USER_INFO = /(\/\/)[^\s/?#"'<>]*@/g;

/**
 * Headers for a trace: values of secret headers are replaced whole, others as in {@link redact}.
 * @param secret names of more secret headers
 */
export function redactHeaders(
  headers: Readonly<Record<string, string>>,
  known: readonly string[] = [],
  secret: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      SECRET_HEADERS.test(name) || secret.includes(name) ? REDACTED : redact(value, known),
    ]),
  );
}

/**
 * The secrets of a request, which a response may repeat: its credential, its secret headers and fields
 * of its form.
 */
export function secretsOf(request: {
  readonly headers: Readonly<Record<string, string>>;
  readonly secret_headers?: readonly string[];
  readonly body?: unknown;
}): string[] {
  const { authorization = '', 'content-type': type = '' } = request.headers;
  const { body } = request;
  const form = type.startsWith('application/x-www-form-urlencoded') && typeof body === 'string';
  const values = [...new URLSearchParams(form ? body : undefined)]
    .filter(([name]) => SECRET_FIELD.test(name))
    .map(([, value]) => value);
  const named = request.secret_headers?.map((name) => request.headers[name] ?? '') ?? [];
  return [...named, authorization.replace(/^\S+ /, ''), ...passwordOf(authorization), ...values];
}

/** The password in a URL, as it is written there and as it is meant. */
export function passwordsIn(url: string): string[] {
  const [, written] = /\/\/[^\s/?#@:]*:([^\s/?#]*)@/.exec(url) ?? [];
  if (written === undefined) return [];
  try {
    return [written, decodeURIComponent(written)];
  } catch {
    return [written];
  }
}

/** The password of RFC 7617; as a client secret it is form-encoded too (RFC 6749 §2.3.1). */
function passwordOf(authorization: string): string[] {
  const encoded = /^Basic (\S+)$/i.exec(authorization)?.[1];
  if (encoded === undefined) return [];
  const pair = Buffer.from(encoded, 'base64').toString('utf8');
  const password = pair.slice(pair.indexOf(':') + 1);
  return [password, new URLSearchParams(`p=${password}`).get('p') ?? ''];
}

/** Values of a query that tell nothing: numbers, dates, versions. */
const PLAIN_VALUE = /^(\d{1,6}|\d{4}-\d{2}-\d{2}(-preview)?|v\d{1,4}[\w.]{0,8}|true|false)$/;
const SECRET_NAME = /key|token|secret|sig|code|auth|pass|pwd|cred|session|jwt/i;

/** A URL without user info, and with the values of its query replaced unless they tell nothing. */
export function redactUrl(url: string): string {
  const shown = new URL(url);
  shown.username = '';
  shown.password = '';
  if (shown.search === '') return shown.href;
  const query = [...shown.searchParams].map(([name, value]) => {
    const plain = PLAIN_VALUE.test(value) && !SECRET_NAME.test(name);
    return [name, plain ? value : REDACTED] as [string, string];
  });
  shown.search = new URLSearchParams(query).toString();
  return shown.href;
}

/** The same JSON value with what {@link redact} replaces, and with the values of secret keys replaced. */
export function redactFields(value: unknown): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map(redactFields);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const secret = SECRET_FIELD.test(key.toLowerCase()) && typeof one !== 'object';
      return [key, secret ? REDACTED : redactFields(one)];
    }),
  );
}

/** Replaces each of `known` (from 4 characters on) and everything that looks like a secret. */
export function redact(text: string, known: Iterable<string> = []): string {
  let result = text;
  for (const secret of known) {
    if (secret.length >= 4) result = result.replaceAll(secret, REDACTED);
  }
  return result
    .replace(USER_INFO, `$1${REDACTED}@`)
    .replace(BEARER, `$1${REDACTED}`)
    .replace(KEY_VALUE, `$1${REDACTED}`)
    .replace(API_KEY, REDACTED)
    .replace(JWT, REDACTED);
}
