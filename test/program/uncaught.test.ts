import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hangingModel } from '../helpers/hanging-model.ts';
import { createHome, type Home } from '../helpers/program.ts';

const KEY = 'sk-0123456789abcdef0123456789abcdef';

let home: Home;
let model: Awaited<ReturnType<typeof hangingModel>>;
beforeAll(async () => {
  [home, model] = await Promise.all([createHome(), hangingModel()]);
});
afterAll(() => Promise.all([home[Symbol.asyncDispose](), model[Symbol.asyncDispose]()]));

/** Runs a chat in which this happens when its request has arrived. */
async function chatIn(what: string, ...flags: string[]) {
  const preload = join(home.path, 'preload.cjs');
  await writeFile(preload, `process.on('SIGUSR2', () => { ${what} });`);
  const asked = model.nextRequest();
  const chat = home.start(['chat', '-p', 'silent', ...flags], {
    env: {
      NODE_OPTIONS: `--require "${preload}"`,
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: KEY,
    },
  });
  await asked;
  chat.child.kill('SIGUSR2');
  return chat.result;
}

test.each([
  ['an error that nobody catches', `throw new Error('boom ${KEY}')`],
  ['a rejection that nobody catches', `Promise.reject(new Error('boom ${KEY}'))`],
])('%s is reported as a bug, without the secrets of the run', async (_, what) => {
  const { code, stderr } = await chatIn(what);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^error: boom \S+\n {2}This is a bug\. Please report it/);
  expect(stderr).not.toContain(KEY);
  expect(stderr.trim().split('\n')).toHaveLength(2);
});

test('an error that nobody catches is JSON with --json', async () => {
  const { code, stderr } = await chatIn("throw new Error('boom')", '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'unexpected', message: 'boom' } });
});
