import { UsageError } from '../errors.ts';
import { isLoopbackHost } from '../qwen/hosts.ts';

/** The values of HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY. */
export interface ProxySettings {
  http_proxy?: string | undefined;
  https_proxy?: string | undefined;
  all_proxy?: string | undefined;
  no_proxy?: string | undefined;
}

/** The proxy of one request. */
export interface Proxy {
  /** Without user and password. */
  url: URL;
  /** As bytes, if the setting names a user or a password. */
  login: { user: Buffer; password: Buffer } | undefined;
  /** The variable that names it, for hints. */
  variable: 'HTTP_PROXY' | 'HTTPS_PROXY' | 'ALL_PROXY';
}

/**
 * The proxy for a URL; undefined for none. Loopback never goes through a proxy. An https URL
 * uses `http_proxy` when `https_proxy` is not set. `all_proxy` is used when neither applies.
 * @throws UsageError `invalid_proxy`, without the value, which may contain a password
 */
export function proxyFor(url: URL, settings: ProxySettings): Proxy | undefined {
  if (isLoopbackHost(url.hostname) || isExempt(url, settings.no_proxy)) return undefined;
  if (url.protocol === 'https:' && settings.https_proxy) {
    return parseProxy(settings.https_proxy, 'HTTPS_PROXY');
  }
  if (settings.http_proxy) return parseProxy(settings.http_proxy, 'HTTP_PROXY');
  return settings.all_proxy ? parseProxy(settings.all_proxy, 'ALL_PROXY') : undefined;
}

/** NO_PROXY as curl reads it: hosts and their subdomains, with or without a port, or `*`. */
function isExempt(url: URL, no_proxy = ''): boolean {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return no_proxy
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only = port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? [];
      const host = name.replace(/^\*?\./, '');
      if (host === '' || Number(only) !== Number(port)) return false;
      return url.hostname === host || url.hostname.endsWith(`.${host}`);
    });
}

/** `socks5` looks a host up here, `socks5h` lets the proxy do it, as in curl. */
const PROTOCOLS = /^(https?|socks5h?):\/\//i;

/**
 * `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`; without a scheme it is an http proxy, as in curl.
 * The last `@` ends the password, so that a password may contain any character.
 */
function parseProxy(setting: string, variable: Proxy['variable']): Proxy {
  const [, scheme = 'http://', credentials, place = ''] =
    /^([a-z][a-z\d+.-]*:\/\/)?(?:(.*)@)?([^@]*)$/is.exec(setting) ?? [];
  const text = scheme + place;
  if (URL.canParse(text) && PROTOCOLS.test(text) && new URL(text).hostname !== '') {
    return { url: new URL(text), login: loginOf(credentials), variable };
  }
  throw new UsageError(`${variable} does not name an http, https or socks5 proxy`, {
    code: 'invalid_proxy',
    hint: `Write ${variable}=http://HOST:PORT, http://USER:PASSWORD@HOST:PORT or socks5h://HOST:PORT.`,
  });
}

function loginOf(credentials: string | undefined): Proxy['login'] {
  if (!credentials) return undefined;
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(credentials) ?? [];
  return { user: percentDecoded(user), password: percentDecoded(password) };
}

/** Decodes `%XX` to its byte and keeps any other `%`, for which `decodeURIComponent` throws. */
function percentDecoded(text: string): Buffer {
  const bytes = Buffer.from(text).toString('latin1');
  const decoded = bytes.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1');
}
