import { expect, test } from 'vitest';
import {
  PLAN_ENDPOINTS,
  planHint,
  planOfEndpoint,
  planOfHost,
} from '../../../src/core/qwen/plans.ts';

test.each([
  ['dashscope.aliyuncs.com', /belongs to the standard plan in region cn;/],
  ['coding-intl.dashscope.aliyuncs.com', /belongs to the Coding Plan in region intl;/],
  ['token-plan.cn-beijing.maas.aliyuncs.com', /belongs to the Token Plan in region cn;/],
  ['my-space.cn-beijing.maas.aliyuncs.com', /belongs to one of several plans;/],
])('the hint for a refused key names the plan and region of %s', (host, named) => {
  expect(planHint(host)).toMatch(named);
});

test('the hint for a refused key lists every other endpoint with the flags that choose it', () => {
  for (const { endpoint: used } of PLAN_ENDPOINTS) {
    const hint = planHint(new URL(used).host);
    for (const { plan, region, endpoint } of PLAN_ENDPOINTS) {
      const line = hint.split('\n').find((one) => one.endsWith(`  ${endpoint}`));
      if (endpoint === used) expect(line).toBeUndefined();
      else expect(line).toMatch(`--plan ${plan}${region === 'cn' ? '' : ` --region ${region}`} `);
    }
  }
});

test('the URL of an endpoint gives its plan and region, and its host gives the plan', () => {
  expect(PLAN_ENDPOINTS).toHaveLength(8);
  for (const one of PLAN_ENDPOINTS) {
    expect(planOfEndpoint(one.endpoint)).toEqual(one);
    expect(planOfHost(new URL(one.endpoint).hostname)).toBe(one.plan);
  }
  expect(planOfHost('my-space.cn-beijing.maas.aliyuncs.com')).toBe('standard');
  expect(planOfHost('coding.dashscope.example.com')).toBeUndefined();
});

test.each([
  ['coding.dashscope.aliyuncs.com', 'coding'],
  ['coding-intl.dashscope.aliyuncs.com:443', 'coding'],
  ['Coding.DashScope.aliyuncs.com.', 'coding'],
  ['dashscope.aliyuncs.com', 'standard'],
  ['coding.dashscope.aliyuncs.com.evil.example', undefined],
])('the host %s serves the plan %s', (host, plan) => {
  expect(planOfHost(host)).toBe(plan);
});
