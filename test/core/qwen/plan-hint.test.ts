import { expect, test } from 'vitest';
import { planHint } from '../../../src/core/qwen/plan-hint.ts';
import { PLAN_PLACES } from '../../../src/core/qwen/plans.ts';

test.each([
  ['dashscope.aliyuncs.com', /is the standard plan's, in region cn;/],
  ['coding-intl.dashscope.aliyuncs.com', /is the Coding Plan's, in region intl;/],
  ['token-plan.cn-beijing.maas.aliyuncs.com', /is the Token Plan's, in region cn;/],
  ['my-space.cn-beijing.maas.aliyuncs.com', /is one of several;/],
])('the hint names what %s serves', (host, named) => {
  expect(planHint(host)).toMatch(named);
});

test('the hint names every other endpoint by the flags that choose it, and not the one used', () => {
  for (const { endpoint: used } of PLAN_PLACES) {
    const hint = planHint(new URL(used).host);
    for (const { plan, region, endpoint } of PLAN_PLACES) {
      const line = hint.split('\n').find((one) => one.endsWith(`  ${endpoint}`));
      if (endpoint === used) expect(line).toBeUndefined();
      else expect(line).toMatch(`--plan ${plan}${region === 'cn' ? '' : ` --region ${region}`} `);
    }
  }
});
