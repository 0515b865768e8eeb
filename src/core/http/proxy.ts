import { BlockList, isIP, isIPv6 } from 'node:net';
import { UsageError } from '../errors.ts';
import { isLoopbackHost } from '../qwen/hosts.ts';

/** The variables that name a proxy, and the hosts that need none. */
export const PROXY_VARIABLES = [
  ...(['http_proxy', 'HTTP_PROXY', 'https_proxy', 'HTTPS_PROXY'] as const),
  ...(['all_proxy', 'ALL_PROXY', 'no_proxy', 'NO_PROXY'] as const),
] as const;
type ProxyVariable = (typeof PROXY_VARIABLES)[number];

/** The values of these variables. A lower-case name wins over the same one in upper case. */
export type ProxySettings = { readonly [K in ProxyVariable]?: string | undefined };

/** The proxy of one request. */
export interface Proxy {
  /** Without user and password. */
  url: URL;
  /** As bytes, if the setting names a user or a password. */
  login: { user: Buffer; password: Buffer } | undefined;
  /** The variable that names it, for hints. */
  variable: ProxyVariable;
}

/**
 * The proxy for a URL; undefined for none. Loopback never goes through a proxy. An https URL
 * uses `http_proxy` when `https_proxy` is not set. `all_proxy` is used when neither applies.
 * @throws UsageError `invalid_proxy`, without the value, which may contain a password
 */
export function proxyFor(url: URL, settings: ProxySettings): Proxy | undefined {
  if (isLoopbackHost(url.hostname)) return undefined;
  if (isExempt(url, settings.no_proxy || settings.NO_PROXY)) return undefined;
  const variables: ProxyVariable[] = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'ALL_PROXY'];
  if (url.protocol === 'https:') variables.unshift('https_proxy', 'HTTPS_PROXY');
  for (const variable of variables) {
    const value = settings[variable];
    if (value) return parseProxy(value, variable);
  }
  return undefined;
}

/**
 * NO_PROXY as curl reads it: hosts and their subdomains, addresses, and networks such as `10.0.0.0/8`,
 * each with or without a port; or `*`.
 */
function isExempt(url: URL, no_proxy = ''): boolean {
  const host = url.hostname.replace(/^\[|\]$|\.$/g, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return no_proxy
    .toLowerCase()
    .split(/[,\s]+/)
    .some((entry) => {
      if (entry === '*') return true;
      const [, name = '', only = port] = isIPv6(entry)
        ? [entry, entry]
        : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? []);
      const exempt = name.replace(/^\*?\.|\.$/g, '');
      if (exempt === '' || Number(only) !== Number(port)) return false;
      if (isIP(host) !== 0) return isInNetwork(host, exempt);
      return host === exempt || host.endsWith(`.${exempt}`);
    });
}

/** @param network an address, with or without the length of a prefix (RFC 4632 §3.1) */
function isInNetwork(host: string, network: string): boolean {
  const [, address = '', prefix] = /^(.*?)(?:\/(\d{1,3}))?$/.exec(network) ?? [];
  const family = isIP(address);
  const bits = Number(prefix ?? (family === 6 ? 128 : 32));
  if (family !== isIP(host) || bits > (family === 6 ? 128 : 32)) return false;
  const type = family === 6 ? 'ipv6' : 'ipv4';
  const list = new BlockList();
  list.addSubnet(address, bits, type);
  return list.check(host, type);
}

/**
 * `socks5` looks a host up here, `socks5h` lets the proxy do it, as in curl. `socks`, which desktops
 * write into `all_proxy`, is `socks5h`.
 */
const PROTOCOLS = /^(https?|socks5h?):\/\//i;

/**
 * `[SCHEME://][USER[:PASSWORD]@]HOST[:PORT]`; without a scheme it is an http proxy, as in curl.
 * The last `@` ends the password, so that a password may contain any character.
 */
function parseProxy(setting: string, variable: ProxyVariable): Proxy {
  const [, scheme = 'http://', credentials, place = ''] =
    /^([a-z][a-z\d+.-]*:\/\/)?(?:(.*)@)?([^@]*)$/is.exec(setting) ?? [];
  const text = scheme.replace(/^socks:/i, 'socks5h:') + place;
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
