const FAMILY = ['aliyuncs.com', 'alibabacloud.com', 'qwen.ai'];

/**
 * Whether a host belongs to the service family of DashScope, which understands its `X-DashScope-*`
 * headers. Compares whole labels: `evil-qwen.ai` and `qwen.ai.example` do not belong to it.
 * @param host `hostname` or `hostname:port`
 */
export function isDashScopeHost(host: string): boolean {
  const name = hostname(host);
  return FAMILY.some((domain) => name === domain || name.endsWith(`.${domain}`));
}

/** Whether a host serves the Coding Plan: `coding.dashscope.aliyuncs.com`, `coding-intl.…`. */
export function isCodingPlanHost(host: string): boolean {
  return /^coding(-[a-z]+)?\.dashscope\.aliyuncs\.com$/.test(hostname(host));
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}
