/**
 * Whether a URL's `hostname` names this machine: `localhost`, 127.0.0.0/8 or `[::1]`. Expects the
 * form that `new URL()` gives, which has already unfolded percent-encoding, upper case and the
 * short, octal and hexadecimal spellings of IPv4. Names below `.localhost` do not count: not every
 * resolver keeps them on this machine, whatever RFC 6761 §6.3 says.
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
 * `evil-qwen.ai` and `qwen.ai.example` do not belong to them.
 */
export function isQwenHost(hostname: string): boolean {
  return QWEN_DOMAINS.some((domain) => hostname === domain || hostname.endsWith(`.${domain}`));
}

/** Host and port of a URL, for messages; a text that is no URL as it is. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
