import { spawnSync } from 'node:child_process';
import { cp, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hangingModel } from '../helpers/hanging-model.ts';
import { createHome, type Home, MAIN } from '../helpers/program.ts';

/** Has no form by which it could be known. */
const KEY = 'plainsecretkey-abc';

let home: Home;
let model: Awaited<ReturnType<typeof hangingModel>>;
beforeAll(async () => {
  [home, model] = await Promise.all([createHome(), hangingModel()]);
});
afterAll(() => Promise.all([home[Symbol.asyncDispose](), model[Symbol.asyncDispose]()]));

const withSignals = test.skipIf(process.platform === 'win32');

/** Runs a chat in which this happens when the model has begun to answer. */
async function chatIn(what: string, ...flags: string[]) {
  const preload = join(home.path, 'preload.cjs');
  await writeFile(preload, `process.on('SIGUSR2', () => { ${what} });`);
  const chat = home.start(['chat', '-sp', 'endless', ...flags], {
    env: {
      NODE_OPTIONS: `--require "${preload}"`,
      OPENAI_BASE_URL: model.url,
      OPENAI_API_KEY: KEY,
    },
  });
  await chat.seen(/and on/);
  chat.child.kill('SIGUSR2');
  return chat.result;
}

withSignals.each([
  ['an error that nobody catches', `throw new Error('boom ${KEY}')`],
  ['a rejection that nobody catches', `Promise.reject(new Error('boom ${KEY}'))`],
  ['the first of two errors', `Promise.reject(new Error('later')); throw new Error('boom ${KEY}')`],
])('%s is reported once, as a bug, without the secrets of the run', async (_, what) => {
  const { code, stderr } = await chatIn(what);
  expect(code).toBe(1);
  expect(stderr).toMatch(/^\s*error: boom \[redacted\]\n {2}This is a bug\. Please report it.*\n$/);
});

withSignals('an error that nobody catches is JSON with --json', async () => {
  const { code, stderr } = await chatIn("throw 'boom'", '--json');
  expect(code).toBe(1);
  expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'unexpected', message: 'boom' } });
});

test.skipIf(process.platform === 'win32')(
  'after a signal an error that nobody catches changes nothing',
  async () => {
    const what = "process.emit('SIGINT', 'SIGINT'); throw new Error('boom')";
    const { code, stderr } = await chatIn(what);
    expect(code).toBe(130);
    expect(stderr).not.toContain('boom');
  },
);

test('an error that cannot be reported is one line, without secrets', async () => {
  const copy = join(home.path, 'dist');
  await cp(dirname(MAIN), copy, { recursive: true });
  for (const name of await readdir(copy))
    if (name.startsWith('report-error-')) await rm(join(copy, name));
  const { status, stderr } = spawnSync(process.execPath, [join(copy, 'main.cjs'), 'chat', '--x'], {
    env: { HOME: home.path },
    encoding: 'utf8',
    timeout: 30_000,
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error: Cannot find module '.*report-error-.*\n$/);
});
