import { expect, it } from 'vitest';
import { isCodingPlanHost, isDashScopeHost } from '../../../src/core/api/hosts.ts';

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

it.each([
  ['coding.dashscope.aliyuncs.com', true],
  ['coding-intl.dashscope.aliyuncs.com:443', true],
  ['dashscope.aliyuncs.com', false],
  ['coding.dashscope.aliyuncs.com.evil.example', false],
])('%s serves the Coding Plan: %s', (host, serves) => {
  expect(isCodingPlanHost(host)).toBe(serves);
});
