/**
 * Whether a URL's `hostname` names this machine: `localhost`, 127.0.0.0/8 or `[::1]`. Expects the
 * form that `new URL()` gives: percent-encoding, upper case and the short, octal and hexadecimal
 * spellings of IPv4 are resolved there. Names below `.localhost` do not count: some resolvers send
 * them to a name server, against RFC 6761 §6.3.
 */
export function isLoopbackHost(hostname: string): boolean {
  return (
    hostname === 'localhost' ||
    hostname === '[::1]' ||
    /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname)
  );
}

/** Names that no public name server has (RFC 6761, 6762, 8375), and those that home networks use. */
const LOCAL_NAME = /\.(?:localhost|local|internal|lan|home\.arpa)\.?$/;

/** RFC 1918, 6598 (100.64.0.0/10) and 3927 (link-local), and this machine: 127.0.0.0/8 and 0.0.0.0. */
const LOCAL_IPV4 =
  /^(?:127|10|192\.168|169\.254|172\.(?:1[6-9]|2\d|3[01])|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.|^0\.0\.0\.0$/;

/** RFC 4193 (`fc00::/7`) and 4291 (link-local, `fe80::/10`), and this machine: `::1` and `::`. */
const LOCAL_IPV6 = /^\[(?:f[cd][\da-f]{2}:|fe[89ab][\da-f]:|::1?\]$)/;

/**
 * Whether a URL's `hostname` is on this machine or in its own network: a private or link-local
 * address, a name of one label, as compose files have, or one below a domain for local use. Expects
 * the form that `new URL()` gives, as {@link isLoopbackHost} does.
 */
export function isLocalHost(hostname: string): boolean {
  const mapped = /^\[::ffff:([\da-f]{1,4}):([\da-f]{1,4})\]$/.exec(hostname);
  if (mapped) return LOCAL_IPV4.test(dotted(mapped[1], mapped[2]));
  if (hostname.startsWith('[')) return LOCAL_IPV6.test(hostname);
  if (/^[\d.]+$/.test(hostname)) return LOCAL_IPV4.test(hostname);
  return !hostname.includes('.') || LOCAL_NAME.test(hostname);
}

/** The IPv4 address that an IPv6 address maps (RFC 4291 §2.5.5.2). */
function dotted(...groups: (string | undefined)[]): string {
  const numbers = groups.map((group = '') => Number.parseInt(group, 16));
  return numbers.flatMap((number) => [number >> 8, number & 255]).join('.');
}

const QWEN_DOMAINS = ['qwen.ai', 'aliyuncs.com', 'alibabacloud.com'];

/**
 * Whether a URL's `hostname` belongs to Qwen, DashScope or Model Studio. Compares whole labels:
 * `evil-qwen.ai` and `qwen.ai.example` do not belong to them. Decides where a token may go, so it
 * takes no other spelling: `qwen.ai.` does not count. For messages and headers see
 * {@link isDashScopeHost}.
 */
export function isQwenHost(hostname: string): boolean {
  return QWEN_DOMAINS.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/**
 * Whether a server understands the `X-DashScope-*` headers and the error codes of DashScope.
 * @param host `hostname` or `hostname:port`, in any case, with or without a final dot
 */
export function isDashScopeHost(host: string): boolean {
  return isQwenHost(hostnameOf(host));
}

/** The host name of `hostname:port` in lower case, without port and final dot. */
export function hostnameOf(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}

/** Host and port of a URL, for messages; a text that is not a URL is returned unchanged. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
