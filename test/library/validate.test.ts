import { expect, test } from 'vitest';
import { createSession, type Credentials, validateModels } from '../../src/library/index.ts';
import { bodyOf, loopback } from '../helpers/loopback.ts';

/** A login that has expired, and an issuer that aborts the run when it is asked for a new token. */
async function expired() {
  const run = new AbortController();
  const asked: (string | undefined)[] = [];
  const server = await loopback((request, response) => {
    asked.push(request.url);
    void bodyOf(request).then(() => {
      run.abort(new Error('the user has left'));
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ access_token: 'new', expires_in: 3600 }));
    });
  });
  const saved: Credentials[] = [
    {
      access_token: 'old',
      refresh_token: 'a-refresh-token',
      expiry_date: Date.now() - 1000,
      issuer: server.url,
      client_id: 'a-client',
      token_endpoint: `${server.url}/token`,
      resource_url: server.url,
    },
  ];
  const session = createSession({
    store: { load: async () => saved.at(-1), save: async (one) => void saved.push(one) },
  });
  const dispose = () => server[Symbol.asyncDispose]();
  return { run, asked, saved, session, url: server.url, [Symbol.asyncDispose]: dispose };
}

const INTERRUPTED = {
  interrupted: true,
  models: [{ model: 'm', verdict: 'skipped', outcome: 'skipped' }],
};

test('a validation that is aborted before it begins resolves to a report that says so', async () => {
  await using login = await expired();
  const { session, run, url } = login;
  run.abort(new Error('the user has left'));
  const options = { session, models: ['m'], signal: run.signal };
  expect(await validateModels(options)).toMatchObject({
    ...INTERRUPTED,
    endpoint: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
  });
  expect(await validateModels({ ...options, endpoint: `${url}/api` })).toMatchObject({
    ...INTERRUPTED,
    endpoint: `${url}/api`,
  });
  expect(login.asked).toEqual([]);
});

test('a validation that is aborted during a refresh resolves so, too, and the new token is saved', async () => {
  await using login = await expired();
  const { session, run } = login;
  const report = await validateModels({ session, models: ['m'], signal: run.signal });
  expect(report).toMatchObject(INTERRUPTED);
  expect(login.asked).toEqual(['/token']);
  expect(login.saved.at(-1)).toMatchObject({ access_token: 'new' });
});

test('an error of the login is no interruption', async () => {
  const session = createSession({ store: { load: async () => undefined, save: async () => {} } });
  const { signal } = new AbortController();
  await expect(validateModels({ session, models: ['m'], signal })).rejects.toMatchObject({
    code: 'not_signed_in',
  });
});
