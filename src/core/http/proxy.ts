import { UsageError } from '../errors.ts';
import { isLoopbackHost } from '../hosts.ts';

/** Proxy settings in the words of the environment variables. */
export interface ProxySettings {
  http_proxy?: string | undefined;
  https_proxy?: string | undefined;
  no_proxy?: string | undefined;
}

export interface Proxy {
  /** Without user and password. */
  url: URL;
  /** The value of `Proxy-Authorization` (RFC 7617), if the setting names a user. */
  authorization: string | undefined;
  /** The variable that named it, for hints. */
  variable: 'HTTP_PROXY' | 'HTTPS_PROXY';
}

/**
 * The proxy for a URL; undefined for none. Loopback is never sent through a proxy. An https URL
 * falls back to `http_proxy`.
 * @throws UsageError `invalid_proxy`, without the value: a password may stand in it
 */
export function proxyFor(url: URL, settings: ProxySettings): Proxy | undefined {
  if (isLoopbackHost(url.hostname) || isExempt(url, settings.no_proxy)) return undefined;
  if (url.protocol === 'https:' && settings.https_proxy) {
    return parseProxy(settings.https_proxy, 'HTTPS_PROXY');
  }
  return settings.http_proxy ? parseProxy(settings.http_proxy, 'HTTP_PROXY') : undefined;
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

/**
 * `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`; without a scheme it is an http proxy, as for curl.
 * The last `@` ends the password, so that every character may stand in it.
 */
function parseProxy(setting: string, variable: Proxy['variable']): Proxy {
  const [, scheme = 'http://', credentials, place = ''] =
    /^([a-z][a-z\d+.-]*:\/\/)?(?:(.*)@)?([^@]*)$/is.exec(setting) ?? [];
  const text = scheme + place;
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) {
    return { url: new URL(text), authorization: basic(credentials), variable };
  }
  throw new UsageError(`${variable} does not name an http or https proxy`, {
    code: 'invalid_proxy',
    hint: `Write ${variable}=http://HOST:PORT, or http://USER:PASSWORD@HOST:PORT.`,
  });
}

function basic(credentials: string | undefined): string | undefined {
  if (!credentials) return undefined;
  const [, user = '', password = ''] = /^([^:]*):?(.*)$/s.exec(credentials) ?? [];
  const bytes = Buffer.concat([percentDecoded(user), Buffer.from(':'), percentDecoded(password)]);
  return `Basic ${bytes.toString('base64')}`;
}

/** `%XX` becomes its byte; any other `%` stays, where `decodeURIComponent` would throw. */
function percentDecoded(text: string): Buffer {
  const bytes = Buffer.from(text).toString('latin1');
  const decoded = bytes.replace(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1');
}
