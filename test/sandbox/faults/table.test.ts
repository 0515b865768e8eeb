import { afterEach, describe, expect, it } from 'vitest';

import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

const clock = new FakeClock();
let sandbox: Sandbox;
afterEach(() => sandbox.close());

async function start(fault: string): Promise<void> {
  sandbox = await startSandbox({ clock, auto_approve: true, faults: [fault] });
}

function chat(stream: boolean, bearer = sandbox.api_key): Promise<Response> {
  const messages = [{ role: 'user', content: 'Count from 1 to 20' }];
  return fetch(`${sandbox.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'coder-model', messages, stream }),
  });
}

function post(path: string, form: Record<string, string>): Promise<Response> {
  const body = new URLSearchParams({ client_id: 'f0304373b74a44d2b584a3fb70ca9e56', ...form });
  return fetch(`${sandbox.url}/api/v1/oauth2/${path}`, { method: 'POST', body });
}

function begin(): Promise<Response> {
  const code_challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  return post('device/code', { code_challenge, code_challenge_method: 'S256' });
}

describe('the fault', () => {
  it('html-login answers the device request with a firewall page', async () => {
    await start('html-login');
    const answer = await begin();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await answer.text()).toContain('aliyun_waf_aa');
  });

  it('pending-200 reports a pending login with status 200 before the tokens', async () => {
    await start('pending-200');
    const { device_code } = (await (await begin()).json()) as { device_code: string };
    const poll = (): Promise<Response> =>
      post('token', {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code,
        code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
      });
    const first = await poll();
    expect([first.status, await first.json()]).toEqual([200, { status: 'pending' }]);
    expect(await (await poll()).json()).toMatchObject({ token_type: 'Bearer' });
  });

  it('dead-free-tier issues tokens and then refuses every API request', async () => {
    await start('dead-free-tier');
    const answer = await chat(true, sandbox.issue().access_token);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 'invalid_api_key' } });
  });

  it('html-api answers API requests with an HTML page', async () => {
    await start('html-api');
    expect((await chat(true)).headers.get('content-type')).toMatch(/^text\/html/);
  });

  it('rate-limit refuses the first chat request only', async () => {
    await start('rate-limit');
    const first = await chat(false);
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '1']);
    expect((await chat(false)).status).toBe(200);
  });

  it('quota refuses every chat request', async () => {
    await start('quota');
    const error = { code: 'insufficient_quota', message: 'Free allocated quota exceeded.' };
    for (const _ of [1, 2]) {
      const answer = await chat(false);
      expect(answer.status).toBe(429);
      expect(await answer.json()).toMatchObject({ error });
    }
  });

  it.each([true, false])(
    'slow waits two seconds for the first token (stream: %s)',
    async (stream) => {
      await start('slow');
      clock.sleeps.length = 0;
      await (await chat(stream)).text();
      expect(clock.sleeps).toEqual([2000]);
    },
  );

  it('truncate-stream ends an event stream without finish_reason and [DONE]', async () => {
    await start('truncate-stream');
    const text = await (await chat(true)).text();
    expect(text).toContain('"content":"1"');
    expect(text).not.toContain('"content":" 20"');
    expect(text).not.toMatch(/\[DONE\]|"finish_reason":"/);
  });

  it('error-frame ends an event stream with an error after half of the answer', async () => {
    await start('error-frame');
    const text = await (await chat(true)).text();
    expect(text).toContain('"content":"1"');
    expect(text).toMatch(/data: \{"error":\{[^\n]*\}\}\n\n$/);
    expect(text).not.toMatch(/\[DONE\]|"finish_reason":"/);
  });
});
