import { describe, expect, test } from 'vitest';
import { settingsFor } from '../../helpers/settings.ts';

const endpoint = (
  flags: { plan?: string; region?: string; baseUrl?: string },
  env: Record<string, string> = {},
  profile?: { plan?: string; region?: string; base_url?: string },
) => {
  const { auth } = settingsFor({ flags, env, ...(profile && { profile }) });
  return auth.method === 'api-key' ? auth.endpoint.value : undefined;
};

const KEY = { DASHSCOPE_API_KEY: 'k' };

describe('a plan that is named', () => {
  test.each([
    [{ plan: 'standard' }, 'https://dashscope.aliyuncs.com/compatible-mode/v1'],
    [
      { plan: 'standard', region: 'intl' },
      'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    ],
    [{ plan: 'standard', region: 'us' }, 'https://dashscope-us.aliyuncs.com/compatible-mode/v1'],
    [
      { plan: 'standard', region: 'hk' },
      'https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1',
    ],
    [{ plan: 'coding' }, 'https://coding.dashscope.aliyuncs.com/v1'],
    [{ plan: 'coding', region: 'intl' }, 'https://coding-intl.dashscope.aliyuncs.com/v1'],
    [{ plan: 'token' }, 'https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1'],
    [
      { plan: 'token', region: 'intl' },
      'https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1',
    ],
  ])('has the endpoint of its region: %j', (flags, url) => {
    expect(endpoint(flags)).toBe(url);
  });

  test('gives way to a base URL in the same place, but beats one further down', () => {
    const local = 'http://127.0.0.1:1/v1';
    expect(endpoint({ plan: 'coding', baseUrl: local })).toBe(local);
    expect(endpoint({ plan: 'coding' }, { OPENAI_BASE_URL: local })).toMatch(/^https:\/\/coding\./);
    expect(endpoint({}, { OPENAI_BASE_URL: local }, { plan: 'coding' })).toBe(local);
  });

  test('a region alone is that of the plan the profile or the key is for', () => {
    expect(endpoint({ region: 'intl' }, KEY)).toMatch(/dashscope-intl/);
    expect(endpoint({ region: 'intl' }, KEY, { plan: 'token' })).toMatch(/ap-southeast-1/);
    expect(endpoint({ region: 'intl' }, { BAILIAN_CODING_PLAN_API_KEY: 'k' })).toMatch(
      /coding-intl/,
    );
  });

  test('another plan does not take over the region of the profile', () => {
    expect(endpoint({ plan: 'token' }, {}, { plan: 'standard', region: 'us' })).toMatch(
      /cn-beijing/,
    );
  });
});
