import { ProtocolError, type QwenDemoError, UsageError } from '../errors.ts';
import { isLoopbackHost, isQwenHost } from './hosts.ts';

/** Where a Qwen login leads when the token response names no `resource_url`. */
export const DEFAULT_ENDPOINT = 'https://dashscope.aliyuncs.com/compatible-mode/v1';

/**
 * The API base URL that a login leads to, without a trailing slash.
 *
 * Three rules are Qwen Code's: a `resource_url` without a scheme gets `https://`, one without `/v1`
 * at the end gets it, and none at all means `DEFAULT_ENDPOINT`. The rest keeps an access token from
 * going where it should not: https only (http on loopback), no user info, query or fragment, and
 * with `trust: 'qwen'` no host but Qwen's own and loopback.
 * @throws ProtocolError, because a server said it
 */
export function resolveEndpoint(resource_url: string | undefined, trust: 'qwen' | 'any'): string {
  const text = resource_url?.trim() ?? '';
  if (text === '') return DEFAULT_ENDPOINT;
  const url = parseBaseUrl(text, resourceUrlError);
  if (trust === 'qwen' && !isQwenHost(url.hostname) && !isLoopbackHost(url.hostname)) {
    throw new ProtocolError(`The login leads to ${url.host}, which is not one of Qwen's hosts`, {
      code: 'untrusted_endpoint',
      hint: `If you trust it, name it yourself: --base-url ${join(url, true)}`,
    });
  }
  return join(url, true);
}

/**
 * The API base URL as a user wrote it: the same checks, but it may lie on any host and a path is
 * left as it is; only a bare host gets `/v1`.
 * @throws UsageError naming `source`, the flag or variable it came from
 */
export function parseEndpoint(text: string, source: string): string {
  const url = parseBaseUrl(text.trim(), (why) => {
    return new UsageError(`${source} is not a usable API base URL: ${why}`, {
      code: 'invalid_base_url',
      hint: 'Write it like https://dashscope.aliyuncs.com/compatible-mode/v1',
    });
  });
  return join(url, pathOf(url) === '');
}

function resourceUrlError(why: string): QwenDemoError {
  return new ProtocolError(`The login names an unusable API address (resource_url): ${why}`, {
    code: 'invalid_resource_url',
    hint: 'Sign in again with `qwen-demo auth`, or name the API yourself with --base-url.',
  });
}

function parseBaseUrl(text: string, fail: (why: string) => QwenDemoError): URL {
  const scheme = /^[a-z][a-z0-9+.-]*:\/\//i.exec(text)?.[0].toLowerCase();
  if (scheme !== undefined && scheme !== 'https://' && scheme !== 'http://') {
    throw fail('only https is allowed');
  }
  const rest = text.slice(scheme?.length ?? 0);
  const authority = rest.split('/', 1)[0] ?? '';
  // The URL parser would repair each of these into something the sender may not have meant.
  if (/[\s\\\0-\x1f\x7f-\x9f]/.test(text)) throw fail('it holds a space, a backslash or a control');
  if (/^https?:/i.test(rest)) throw fail('its scheme is malformed');
  if (/[?#]/.test(rest)) throw fail('it must have no query and no fragment');
  if (authority.includes('@')) throw fail('it must have no user info');
  if (authority.includes('%')) throw fail('its host is percent-encoded');
  if (!URL.canParse((scheme ?? 'https://') + rest) || authority === '') throw fail('not a URL');
  const url = new URL((scheme ?? 'https://') + rest);
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    throw fail(`plain http is only allowed on loopback, not for ${url.host}`);
  }
  return url;
}

function pathOf(url: URL): string {
  return url.pathname.replace(/\/+$/, '');
}

function join(url: URL, versioned: boolean): string {
  const path = pathOf(url);
  return url.origin + path + (versioned && !path.endsWith('/v1') ? '/v1' : '');
}
