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
