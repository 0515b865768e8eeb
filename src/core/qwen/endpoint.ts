import { ProtocolError, type QwenDemoError, UsageError } from '../errors.ts';
import { basePath, compatiblePath } from './api-url.ts';
import { isLocalHost, isLoopbackHost, isQwenHost } from './hosts.ts';

/** The API base URL of a Qwen login whose token response has no `resource_url`. */
export const DEFAULT_ENDPOINT = 'https://dashscope.aliyuncs.com/compatible-mode/v1';

/**
 * The API base URL of a login, without a trailing slash.
 *
 * Three rules are Qwen Code's: a `resource_url` without a scheme gets `https://`, one that does not
 * end in `/v1` gets it, and without one the endpoint is `DEFAULT_ENDPOINT`. The other rules decide
 * where an access token may go: https only (http on loopback); no user info, query or fragment; with
 * `trust: 'qwen'` only hosts of Qwen and loopback.
 * @throws ProtocolError `invalid_resource_url` or `untrusted_endpoint`
 */
export function resolveEndpoint(resource_url: string | undefined, trust: 'qwen' | 'any'): string {
  const text = resource_url?.trim() ?? '';
  if (text === '') return DEFAULT_ENDPOINT;
  const url = parseBaseUrl(text, 'loopback', resourceUrlError);
  if (text.includes('?')) throw resourceUrlError('it must have no query');
  const endpoint = url.origin + versioned(basePath(url));
  if (trust === 'qwen' && !isQwenHost(url.hostname) && !isLoopbackHost(url.hostname)) {
    throw new ProtocolError(`The login leads to ${url.host}, which is not one of Qwen's hosts`, {
      code: 'untrusted_endpoint',
      hint: `If you trust it, name it yourself: --base-url ${endpoint}`,
    });
  }
  return endpoint;
}

/**
 * An API base URL that the user names, without a trailing slash before its query. The same checks
 * hold, but every host and a query are allowed, and `/v1` is added only to a URL without a path.
 * Addresses of a request and of another API of the same server lead to the base URL. Plain http is
 * for loopback and local networks, where it is the default, and elsewhere for `allow_http`.
 * @param source the flag or variable, for the message
 * @throws UsageError `invalid_base_url`; `plain_http` for http that is not allowed
 */
export function parseEndpoint(text: string, source: string, allow_http = false): string {
  const fail = (why: string, hint = `Write it like ${DEFAULT_ENDPOINT}`) =>
    new UsageError(`${source} is not a usable API base URL: ${why}`, {
      code: 'invalid_base_url',
      hint,
    });
  const url = parseBaseUrl(text.trim(), 'named', (why) => fail(why));
  if (!mayBePlain(url, allow_http)) throw plainHttp(`${source} names`, url);
  const secret = [...url.searchParams.keys()].find((name) => SECRET_PARAMETER.test(name));
  if (secret !== undefined) throw fail(`its query holds a secret (${secret})`, KEY_ELSEWHERE);
  const path = compatiblePath(url, basePath(url));
  return url.origin + (path === '' ? '/v1' : path) + url.search;
}

/** Base URLs are shown and stored, so that none may hold a key. */
const SECRET_PARAMETER = /^(.*api[-_]?key|key|.*-key|.*token|.*secret|password|sig|code)$/i;
const KEY_ELSEWHERE =
  'Leave it out and set the key in OPENAI_API_KEY. --api-key-header NAME sends it in another header.';

function resourceUrlError(why: string): QwenDemoError {
  return new ProtocolError(`The login names an unusable API address (resource_url): ${why}`, {
    code: 'invalid_resource_url',
    hint: 'Name the API yourself with --base-url, or sign in again: qwen-demo auth',
  });
}

/** Whether a URL that the user names may be used, if it is plain http. */
export function mayBePlain({ protocol, hostname }: URL, allow_http: boolean): boolean {
  return protocol !== 'http:' || allow_http || isLocalHost(hostname);
}

/** The error for plain http that is not allowed. @param names where the URL is from, with a verb */
export function plainHttp(names: string, { host }: URL): UsageError {
  return new UsageError(`${names} plain http for ${host}, where others can read what is sent`, {
    code: 'plain_http',
    hint: `Write https://${host}. If the server has no https, add --allow-http or set QWEN_DEMO_ALLOW_HTTP=1`,
  });
}

function parseBaseUrl(
  text: string,
  http: 'named' | 'loopback',
  fail: (why: string) => QwenDemoError,
): URL {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0].toLowerCase();
  if (scheme !== undefined && scheme !== 'https://' && scheme !== 'http://') {
    throw fail('only https is allowed');
  }
  const rest = text.slice(scheme?.length ?? 0);
  const authority = rest.split(/[/?]/, 1)[0] ?? '';
  refuseTypos(text, fail);
  if (/^https?:/i.test(rest)) throw fail('its scheme is malformed');
  if (rest.includes('#')) throw fail('it must have no fragment: leave out # and what follows');
  if (authority.includes('@')) throw fail('it must have no user info');
  if (authority.includes('%')) throw fail('its host is percent-encoded');
  if (!URL.canParse(`https://${rest}`) || authority === '') throw fail('not a URL');
  const plain = new URL(`http://${rest}`);
  const guessed = http === 'named' && isLocalHost(plain.hostname) && plain.port !== '443';
  const url = new URL((scheme ?? (guessed ? 'http://' : 'https://')) + rest);
  if (http === 'loopback' && url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw fail(`plain http is only allowed on loopback, not for ${url.host}`);
  }
  return url;
}

/** Refuses what the URL parser takes and changes, or leaves in the path. */
function refuseTypos(text: string, fail: (why: string) => QwenDemoError): void {
  if (/^["'`“”‘’«»]|["'`“”‘’«»]$/.test(text)) {
    throw fail('the quotation marks around it are part of the value: write it without them');
  }
  if (/[<>{}]|\$\w/.test(text)) throw fail('it holds a placeholder: write the real name there');
  if (/[\r\n]/.test(text)) throw fail('it contains a line break');
  if (/\s/.test(text)) throw fail('it contains a space');
  if (text.includes('\\')) throw fail('it contains a backslash: write /');
  if (/[,;]$/.test(text)) throw fail(`it ends in ${text.at(-1)}: leave that out`);
  if (/^\w+=/.test(text))
    throw fail('it begins with the name of a variable: write its value alone');
  if (/^https?\/\//i.test(text)) throw fail('its scheme lacks a colon');
  if (/[\0-\x1f\x7f-\x9f\u200b-\u200f\u2060\ufeff]/.test(text)) {
    throw fail('it contains a control character or an invisible one');
  }
}

function versioned(path: string): string {
  return path.endsWith('/v1') ? path : `${path}/v1`;
}
