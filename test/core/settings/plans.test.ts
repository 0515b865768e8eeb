import { describe, expect, test } from 'vitest';
import { planEndpoint, planOfEndpoint, REGIONS } from '../../../src/core/qwen/plans.ts';
import { settingsFor } from '../../helpers/settings.ts';

const endpoint = (
  flags: { plan?: string; region?: string; workspace?: string; baseUrl?: string },
  env: Record<string, string> = {},
  profile?: { plan?: string; region?: string; workspace?: string; base_url?: string },
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

describe('a workspace', () => {
  const at = (id: string) => `https://ws-1.${id}.maas.aliyuncs.com/compatible-mode/v1`;

  test.each([
    [{ workspace: 'ws-1' }, at('cn-beijing')],
    [{ workspace: 'WS-1', region: 'intl' }, at('ap-southeast-1')],
    [{ workspace: 'ws-1', region: 'us' }, at('us-east-1')],
    [{ workspace: 'ws-1', region: 'hk' }, at('cn-hongkong')],
    [{ workspace: 'ws-1', region: 'de' }, at('eu-central-1')],
    [{ workspace: 'ws-1', region: 'jp', plan: 'standard' }, at('ap-northeast-1')],
  ])('has a host of its own in its region: %j', (flags, url) => {
    expect(endpoint(flags)).toBe(url);
  });

  test('alone is in the region of the profile, and of the standard plan', () => {
    expect(endpoint({ workspace: 'ws-1' }, {}, { region: 'de', workspace: 'ws-2' })).toBe(
      at('eu-central-1'),
    );
    expect(endpoint({ workspace: 'ws-1' }, { BAILIAN_CODING_PLAN_API_KEY: 'k' })).toBe(
      at('cn-beijing'),
    );
    expect(endpoint({}, KEY, { region: 'de', workspace: 'ws-1' })).toBe(at('eu-central-1'));
  });

  test.each<[{ plan?: string; region?: string; workspace?: string }, string]>([
    [{ region: 'de' }, '--region: in region de each workspace has an address of its own'],
    [{ plan: 'coding', workspace: 'ws-1' }, '--plan: the Coding Plan knows no workspaces'],
  ])('is needed by some regions and refused by some plans: %j', (flags, message) => {
    expect(() => endpoint(flags)).toThrow(message);
  });

  test.each(['evil.example/', 'a.b', 'x#', '-a', 'token-plan', 'a'.repeat(64)])(
    'of an id that is no label of a host is refused: %s',
    (workspace) => {
      const message = `--workspace: "${workspace}" is no id of a workspace, such as ws-1a2b3c4d`;
      expect(() => endpoint({ workspace })).toThrow(message);
    },
  );

  test('is found again in its address', () => {
    for (const region of REGIONS) {
      const place = planEndpoint({ plan: 'standard', region, workspace: 'ws-1' }, '');
      expect(planOfEndpoint(place.endpoint)).toEqual(place);
    }
    expect(planOfEndpoint(at('us-west-9'))).toBeUndefined();
  });
});

describe('a key', () => {
  test('of the names that other programs use is of its plan', () => {
    expect(endpoint({}, { ALIBABA_CODING_PLAN_API_KEY: 'k' })).toMatch(/^https:\/\/coding\./);
    expect(endpoint({}, { ALIBABA_TOKEN_PLAN_API_KEY: 'k' })).toMatch(/^https:\/\/token-plan\./);
  });

  test.each([
    [{ plan: 'coding' }, KEY, { key: 'standard', endpoint: 'coding' }],
    [
      { plan: 'standard' },
      { BAILIAN_TOKEN_PLAN_API_KEY: 'k' },
      { key: 'token', endpoint: 'standard' },
    ],
    [{ plan: 'coding' }, { ...KEY, BAILIAN_CODING_PLAN_API_KEY: 'k' }, undefined],
    [{ plan: 'standard' }, KEY, undefined],
    [{ baseUrl: 'http://127.0.0.1:1/v1' }, KEY, undefined],
  ])('of another plan than the endpoint is noted: %j %j', (flags, env, mismatch) => {
    const { auth } = settingsFor({ flags, env });
    expect(auth.method === 'api-key' && auth.mismatch).toEqual(mismatch);
  });
});
