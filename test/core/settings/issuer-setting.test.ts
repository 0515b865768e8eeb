import { describe, expect, test } from 'vitest';
import type { Profile } from '../../../src/core/settings/definitions.ts';
import { type Said, settingsFor } from '../../helpers/settings.ts';

const DEVICE = 'https://github.com/login/device/code';
const TOKEN = 'https://github.com/login/oauth/access_token';
const OTHER = 'https://login.example.com';
const endpoints = { deviceEndpoint: DEVICE, tokenEndpoint: TOKEN };
const byProfile = {
  issuer: OTHER,
  device_endpoint: `${OTHER}/device`,
  token_endpoint: `${OTHER}/token`,
  trust_host: 'tokens.example.com',
  param: ['a=b'],
} satisfies Profile;

describe('the server of a login', () => {
  test.each<[string, Said, string | undefined, string | undefined, string?, string?]>([
    ['nothing is Qwen’s', {}, undefined, undefined],
    ['--issuer is found by its metadata', { flags: { issuer: OTHER } }, 'discovery', OTHER],
    [
      'Qwen’s own issuer has Qwen’s paths',
      { flags: { issuer: 'https://chat.qwen.ai/' } },
      'qwen-paths',
      'https://chat.qwen.ai/',
    ],
    [
      'the address of its metadata is that issuer',
      { flags: { issuer: `${OTHER}/t/.well-known/openid-configuration` } },
      'discovery',
      `${OTHER}/t`,
    ],
    [
      'the address of its metadata before the path is that issuer',
      { flags: { issuer: `${OTHER}/.well-known/oauth-authorization-server/t` } },
      'discovery',
      `${OTHER}/t`,
    ],
    [
      'two endpoints are a server by hand',
      { flags: endpoints },
      'by-hand',
      'https://github.com',
      DEVICE,
      TOKEN,
    ],
    [
      'two endpoints and --issuer are that issuer by hand',
      { flags: { ...endpoints, issuer: OTHER } },
      'by-hand',
      OTHER,
      DEVICE,
      TOKEN,
    ],
    [
      'two endpoints are another server than that of a variable',
      { flags: endpoints, env: { QWEN_DEMO_ISSUER: OTHER } },
      'by-hand',
      'https://github.com',
      DEVICE,
      TOKEN,
    ],
    [
      'one endpoint and --issuer need metadata for the other',
      { flags: { deviceEndpoint: DEVICE, issuer: OTHER } },
      'discovery',
      OTHER,
      DEVICE,
    ],
    [
      'a profile names its own endpoints',
      { profile: byProfile },
      'by-hand',
      OTHER,
      byProfile.device_endpoint,
      byProfile.token_endpoint,
    ],
    [
      '--issuer leaves the endpoints of the profile alone',
      { profile: byProfile, flags: { issuer: 'https://third.example' } },
      'discovery',
      'https://third.example',
    ],
    [
      'a mirror of Qwen leaves the endpoints of the profile alone',
      { profile: byProfile, env: { QWEN_DEMO_OAUTH_BASE_URL: 'http://127.0.0.1:1' } },
      'qwen-paths',
      'http://127.0.0.1:1',
    ],
  ])('%s', (_, said, kind, url, device, token) => {
    const { issuer } = settingsFor(said);
    expect([issuer?.kind, issuer?.url.value]).toEqual([kind, url]);
    expect([issuer?.device_endpoint?.value, issuer?.token_endpoint?.value]).toEqual([
      device,
      token,
    ]);
  });

  test('hosts and parameters of a profile are only for the server of that profile', () => {
    expect(settingsFor({ profile: byProfile })).toMatchObject({
      trust_host: { value: ['tokens.example.com'], source: 'profile default' },
      param: { value: ['a=b'] },
    });
    const other = settingsFor({ profile: byProfile, flags: { issuer: 'https://third.example' } });
    expect([other.trust_host, other.param]).toEqual([undefined, undefined]);
  });
});

test.each([
  ['login.example.com', 'login.example.com'],
  ['LOGIN.example.com:8443', 'login.example.com:8443'],
  ['https://login.example.com/device', 'login.example.com'],
  ['127.0.0.1:4455', '127.0.0.1:4455'],
  ['[::1]:80', '[::1]:80'],
  ['bücher.example', 'xn--bcher-kva.example'],
])('--trust-host %s trusts %s', (text, host) => {
  expect(settingsFor({ flags: { trustHost: [text] } }).trust_host?.value).toEqual([host]);
});

test.each(['', ' ', '*.example.com', 'a/b', 'user@host', 'a b', 'host?x', 'host#x', 'https://'])(
  '--trust-host %j is refused',
  (text) => {
    expect(() => settingsFor({ flags: { trustHost: [text] } })).toThrow(
      expect.objectContaining({ kind: 'usage', code: 'invalid_trust_host' }),
    );
  },
);

test.each(['audience=https://api.example.com/?a=b', 'x.y-z_1=é 🔑', 'prompt=a=b'])(
  '--param %s is accepted',
  (text) => {
    expect(settingsFor({ flags: { param: [text] } }).param?.value).toEqual([text]);
  },
);

test.each([
  ['client_secret=hush-hush', /--client-secret-file/],
  ['CLIENT_SECRET=hush-hush', /--client-secret-file/],
  ['device_code=hush-hush', /secret/],
  ['code_verifier=hush-hush', /secret/],
  ['refresh_token=hush-hush', /secret/],
  ['password=hush-hush', /secret/],
  ['client_id=hush-hush', /--client-id/],
  ['scope=hush-hush', /--scope/],
  ['resource=hush-hush', /--resource/],
  ['grant_type=hush-hush', /sets itself/],
  ['code_challenge=hush-hush', /sets itself/],
  ['code_challenge_method=hush-hush', /sets itself/],
  ['audience', /audience has no value/],
  ['audience=', /audience has no value/],
  ['=hush-hush', /NAME=VALUE/],
  ['', /NAME=VALUE/],
  ['two words=hush-hush', /NAME=VALUE/],
])('--param %j is refused, and its value is not repeated', (text, says) => {
  let thrown: { code?: string; kind?: string; message?: string; hint?: string } = {};
  try {
    settingsFor({ flags: { param: [text] } });
  } catch (error) {
    thrown = error as typeof thrown;
  }
  expect(thrown).toMatchObject({ kind: 'usage', code: 'invalid_param' });
  expect(`${thrown.message}\n${thrown.hint}`).toMatch(says);
  expect(`${thrown.message}\n${thrown.hint}`).not.toContain('hush-hush');
});
