import { expect, test } from 'vitest';
import { requestDeviceAuthorization } from '../../../src/core/oauth/device-authorization.ts';
import { pollForToken } from '../../../src/core/oauth/poll.ts';
import { refreshGrant } from '../../../src/core/oauth/refresh.ts';
import { DEVICE, type Scripted, scriptedIssuer } from '../../helpers/scripted-issuer.ts';

/** Bodies that servers send beside a failure, and what of them a person reads. */
const BODIES: [string, Scripted, string][] = [
  ['nothing', { html: '' }, ''],
  ['a page', { html: '<html><title>Bad\u001b gateway</title>' }, '"Bad gateway"'],
  [
    'the JSON of Spring',
    { json: { status: 500, error: 'Internal Server Error', path: '/t' } },
    '"Internal Server Error"',
  ],
  [
    'the JSON of NestJS',
    { json: { statusCode: 502, message: 'down', error: 'Bad Gateway' } },
    '"down"',
  ],
  [
    'the JSON of Okta',
    { json: { errorCode: 'E0000047', errorSummary: 'API rate limit' } },
    '"API rate limit"',
  ],
  ['a nested error', { json: { error: { code: 500, message: 'backend' } } }, '"backend"'],
  [
    'the JSON of Apigee',
    { json: { fault: { faultstring: 'Spike arrest', detail: { errorcode: 'x.y' } } } },
    '"Spike arrest"',
  ],
  ['a word of the standard', { json: { error: 'access_denied' } }, '"access_denied"'],
];

const STATUSES: [number, string, string][] = [
  [408, 'network', 'request_timeout'],
  [425, 'api', 'server_error'],
  [429, 'quota', 'rate_limited'],
  [500, 'api', 'server_error'],
  [503, 'api', 'server_error'],
];

const MATRIX = STATUSES.flatMap(([status, kind, code]) =>
  BODIES.map(([name, body, said]) => ({ status, kind, code, name, body, said })),
);

const REQUESTS = {
  'device authorization': requestDeviceAuthorization,
  refresh: (world: Awaited<ReturnType<typeof scriptedIssuer>>) =>
    refreshGrant({ ...world, refresh_token: 'secret-r' }),
};

test.each(Object.entries(REQUESTS))(
  'a failure of the server is no refusal, whatever its body: %s',
  async (_, request) => {
    for (const { status, kind, code, name, body, said } of MATRIX) {
      await using world = await scriptedIssuer({ ...body, status });
      const error: unknown = await request(world).catch((failure: unknown) => failure);
      expect(error, `${status} with ${name}`).toMatchObject({ kind, code, status });
      expect((error as Error).message).toContain(said);
      expect(world.received).toHaveLength(1);
    }
  },
);

test.each([
  ['temporarily_unavailable', 'api'],
  ['server_error', 'api'],
  ['slow_down', 'quota'],
  ['rate_limit_exceeded', 'quota'],
])('the word %s is a failure of the server at every status', async (error, kind) => {
  for (const request of Object.values(REQUESTS)) {
    for (const status of [200, 400, 403]) {
      await using world = await scriptedIssuer({ json: { error }, status });
      await expect(request(world)).rejects.toMatchObject({ kind });
    }
  }
});

test.each([
  ['authorization_declined', 'access_denied', 'Sign in again'],
  ['code_expired', 'expired_token', 'Sign in again'],
  ['bad_verification_code', 'expired_token', 'Sign in again'],
  ['incorrect_device_code', 'expired_token', 'Sign in again'],
  ['interaction_required', 'interaction_required', 'Sign in again'],
  ['device_flow_disabled', 'device_flow_disabled', 'Switch the device flow on'],
  ['incorrect_client_credentials', 'invalid_client', 'QWEN_DEMO_CLIENT_SECRET'],
  ['org_internal', 'org_internal', 'account of that organization'],
  ['invalid_scope', 'invalid_scope', '--scope'],
  ['something_new', 'oauth_error', '--issuer'],
])('the word %s of an issuer has its own advice, also at status 200', async (error, code, hint) => {
  for (const status of [200, 400, 403]) {
    await using world = await scriptedIssuer({ json: { error }, status });
    await expect(requestDeviceAuthorization(world)).rejects.toMatchObject({
      kind: 'auth',
      code,
      hint: expect.stringContaining(hint),
    });
  }
});

test.each(['access_denied', 'authorization_declined'])(
  'the word %s names the browser at a poll alone',
  async (error) => {
    const no = { json: { error }, status: 400 };
    await using world = await scriptedIssuer(no, no, { json: DEVICE }, no);
    const said = (failure: Promise<unknown>) => failure.catch(({ message }: Error) => message);
    expect(await said(REQUESTS.refresh(world))).toContain('it denies this login a new token');
    expect(await said(requestDeviceAuthorization(world))).toContain('it denied access');
    const device = await requestDeviceAuthorization(world);
    expect(await said(pollForToken({ ...world, device }))).toContain('denied in the browser');
  },
);

test.each(['invalid_grant', 'bad_refresh_token', 'invalid_token', 'expired_token'])(
  'a refresh token is rejected with the word %s',
  async (error) => {
    await using world = await scriptedIssuer({ json: { error }, status: 400 });
    await expect(refreshGrant({ ...world, refresh_token: 'r' })).rejects.toMatchObject({
      code: 'refresh_token_rejected',
    });
  },
);

test('the words of a server are shown without what was sent to it', async () => {
  const html = 'token secret-r is unknown here\u001b[2J';
  await using world = await scriptedIssuer({ html, status: 404 });
  const error: unknown = await REQUESTS.refresh(world).catch((failure: unknown) => failure);
  const { message } = error as Error;
  expect(message).toContain('is unknown here');
  expect(message).not.toMatch(/secret-r|\u001b/);
});
