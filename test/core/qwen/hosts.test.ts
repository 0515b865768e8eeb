import { expect, it } from 'vitest';
import { hostnameOf, hostOf, isDashScopeHost } from '../../../src/core/qwen/hosts.ts';

it.each([
  ['dashscope.aliyuncs.com', true],
  ['dashscope-intl.aliyuncs.com:443', true],
  ['token-plan.cn-beijing.maas.aliyuncs.com', true],
  ['Portal.Qwen.AI', true],
  ['qwen.ai.', true],
  ['x.alibabacloud.com', true],
  ['evil-qwen.ai', false],
  ['evilaliyuncs.com', false],
  ['portal.qwen.ai.evil.example', false],
  ['127.0.0.1:8080', false],
  ['[::1]:8080', false],
])('%s belongs to DashScope: %s', (host, belongs) => {
  expect(isDashScopeHost(host)).toBe(belongs);
});

it('the host of a URL has its port, and a host name has none', () => {
  expect(hostOf('https://h.example:8443/v1')).toBe('h.example:8443');
  expect(hostOf('no URL')).toBe('no URL');
  expect(hostnameOf('[::1]:8080')).toBe('[::1]');
});
