import { expect, test } from 'vitest';
import { loopback } from '../helpers/loopback.ts';
import { createHome } from '../helpers/program.ts';
import { OK, socks } from '../helpers/socks-proxy.ts';

const ANSWER = { choices: [{ message: { content: '3' }, finish_reason: 'stop' }] };

/** A home folder whose proxy leads every name to one API, which answers 3. */
async function world() {
  const keys: (string | undefined)[] = [];
  const api = await loopback((request, response) => {
    keys.push(request.headers.authorization);
    response.setHeader('content-type', 'application/json').end(JSON.stringify(ANSWER));
  });
  const proxy = await socks([[5, 0], OK], [], api.url);
  const home = await createHome({ ALL_PROXY: proxy.url.replace('http://', 'socks5h://') });
  return {
    home,
    keys,
    async [Symbol.asyncDispose]() {
      for (const one of [home, proxy, api]) await one[Symbol.asyncDispose]();
    },
  };
}

const CHAT = ['chat', '-p', 'What is 1 + 2?'];
const told = (host: string) =>
  `A key or token goes to ${host} over plain http: others on the way can read it.\n`;

test('a key that goes over plain http into the local network is told once', async () => {
  await using w = await world();
  const env = { OPENAI_BASE_URL: 'gpu.lan:8080/v1', OPENAI_API_KEY: 'sk-secret-key' };
  const args = ['validate-models', '-m', 'a,b', '--probe', 'chat'];
  const { stderr } = await w.home.run(args, { env });
  expect(stderr.match(/.*plain http.*\n/g)).toEqual([told('gpu.lan:8080')]);
  expect(stderr).not.toContain('sk-secret-key');
  expect(w.keys.length).toBeGreaterThan(1);
});

test('a server in the local network is asked without a key, and then nothing is told', async () => {
  await using w = await world();
  const env = { OPENAI_BASE_URL: 'http://ollama:11434' };
  expect(await w.home.run(CHAT, { env })).toEqual({ code: 0, stdout: '3\n', stderr: '' });
  expect(w.keys).toEqual([undefined]);
});

test('plain http elsewhere needs a flag, which a login with a key records', async () => {
  await using w = await world();
  const base = ['--base-url', 'http://api.example.invalid/v1'];
  const login = ['auth', 'login', '--with-api-key', ...base];
  const options = { input: 'sk-secret-key' };
  expect(await w.home.run(login, options)).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/plain http for api\.example\.invalid[^]*add --allow-http/),
  });
  expect(w.keys).toEqual([]);
  expect(await w.home.run([...login, '--allow-http'], options)).toMatchObject({ code: 0 });
  expect(await w.home.run(CHAT)).toEqual({
    code: 0,
    stdout: '3\n',
    stderr: told('api.example.invalid'),
  });
  expect(w.keys.at(-1)).toBe('Bearer sk-secret-key');
});
