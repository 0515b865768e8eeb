import { isQwenHost } from '../qwen/hosts.ts';

/**
 * Whether a host belongs to the service family of DashScope, which understands its `X-DashScope-*`
 * headers.
 * @param host `hostname` or `hostname:port`
 */
export function isDashScopeHost(host: string): boolean {
  return isQwenHost(hostname(host));
}

/** Whether a host serves the Coding Plan: `coding.dashscope.aliyuncs.com`, `coding-intl.…`. */
export function isCodingPlanHost(host: string): boolean {
  return /^coding(-[a-z]+)?\.dashscope\.aliyuncs\.com$/.test(hostname(host));
}

function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d+$/, '').replace(/\.$/, '');
}
