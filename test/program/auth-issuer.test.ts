import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { decide, oidcIssuer } from '../helpers/oidc-issuer.ts';
import { modelApi, says } from '../helpers/model-api.ts';
import { createHome } from '../helpers/program.ts';

const FLAGS = ['--client-id', 'public-client', '--scope', 'openid offline_access model.completion'];

/** A certified OpenID provider, an API, and a home that knows neither. */
async function world(pathname = '') {
  const provider = await oidcIssuer(pathname);
  const api = await modelApi({ 'qwen3-coder-plus': says('good day') });
  const home = await createHome();
  const flags = [...FLAGS, '--base-url', `${api.url}/v1`, '--auth', 'oauth'];
  return {
    provider,
    api,
    home,
    /** Signs in; the user decides on the provider's own pages. */
    async signIn(args: string[], decision: 'approve' | 'deny', env: Record<string, string> = {}) {
      const auth = home.start(['auth', ...args, ...flags], { env });
      const [page, user_code = ''] = await auth.seen(/http:\S+user_code=([\w-]+)/);
      await decide(page, user_code, decision);
      return auth.result;
    },
    stored: async () => JSON.parse(await readFile(home.credentials, 'utf8')),
    /** What the provider itself says to a refresh token. */
    async refresh(refresh_token: string): Promise<unknown> {
      const response = await fetch(`${provider.issuer}/api/v1/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          refresh_token,
          client_id: 'public-client',
        }),
      });
      return response.json();
    },
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
      await provider[Symbol.asyncDispose]();
    },
  };
}

describe.concurrent('an OpenID provider', () => {
  test.each(['', '/tenant/1'])(
    'at the path "%s" is found, and later commands need no flags: refresh, chat, logout',
    async (pathname) => {
      await using w = await world(pathname);
      const { issuer } = w.provider;
      const signed_in = await w.signIn(['--issuer', issuer], 'approve');
      expect(signed_in).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^Signed in\.[\s\S]+ok, qwen3-coder-plus answered/),
      });
      const first = await w.stored();
      expect(first).toMatchObject({
        issuer,
        client_id: 'public-client',
        token_endpoint: `${issuer}/api/v1/oauth2/token`,
        revocation_endpoint: `${issuer}/api/v1/oauth2/revoke`,
        base_url: `${w.api.url}/v1`,
      });

      expect(await w.home.run(['auth', 'refresh', '--force'])).toMatchObject({ code: 0 });
      const second = await w.stored();
      expect(second.refresh_token).not.toBe(first.refresh_token);
      expect(await w.home.run(['chat', '-p', 'hi'])).toEqual({
        code: 0,
        stdout: 'good day\n',
        stderr: '',
      });

      expect(await w.home.run(['auth', 'logout'])).toMatchObject({ code: 0, stderr: '' });
      expect(await w.refresh(second.refresh_token)).toMatchObject({ error: 'invalid_grant' });
      expect(await w.home.run(['auth', 'token'])).toMatchObject({ code: 3, stdout: '' });
    },
  );

  test('with the paths of Qwen is used without metadata', async () => {
    await using w = await world();
    const env = { QWEN_DEMO_OAUTH_BASE_URL: w.provider.url };
    expect(await w.signIn([], 'approve', env)).toMatchObject({ code: 0 });
    expect(await w.home.run(['auth', 'refresh', '--force'])).toMatchObject({ code: 0 });
    expect(await w.home.run(['auth', 'token'])).toMatchObject({ code: 0 });
  });

  test('whose user denies the login makes auth exit 3', async () => {
    await using w = await world();
    const { code, stderr } = await w.signIn(['--issuer', w.provider.issuer], 'deny');
    expect([code, stderr]).toEqual([3, expect.stringContaining('denied in the browser')]);
  });

  test('that has revoked the login makes the next refresh exit 3', async () => {
    await using w = await world();
    await w.signIn(['--issuer', w.provider.issuer], 'approve');
    const { refresh_token } = await w.stored();
    // Rotation: used twice, a refresh token takes the whole grant with it.
    await w.refresh(refresh_token);
    expect(await w.home.run(['auth', 'refresh', '--force'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('no longer accepts this login'),
    });
  });
});
