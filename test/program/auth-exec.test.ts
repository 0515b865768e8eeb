import { rename } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { onTerminal } from '../helpers/pty.ts';
import { signedIn } from '../helpers/signed-in-home.ts';

const LOOP = 'echo up; while :; do sleep 0.02; done';

test.concurrent('SIGTERM of auth exec --serve goes to the command, which never sees the token', async () => {
  await using w = await signedIn();
  const script = `trap "echo got; exit 5" TERM; env; ${LOOP}`;
  const { child, seen, result } = w.home.start([
    'auth',
    'exec',
    '--serve',
    '--',
    'sh',
    '-c',
    script,
  ]);
  await seen(/up/);
  child.kill('SIGTERM');
  const { code, stdout } = await result;
  expect([code, stdout.endsWith('up\ngot\n')]).toEqual([5, true]);
  expect(stdout).toMatch(/^OPENAI_API_KEY=sk-local-/m);
  expect(stdout).not.toContain(w.credentials.access_token);
});

test.concurrent('auth exec gives a command the token, and Ctrl-C at a terminal belongs to it', async () => {
  await using w = await signedIn();
  const env = { HOME: w.home.path, QWEN_DEMO_ISSUER: w.sandbox.url, QWEN_DEMO_AUTH: 'oauth' };
  const script = `trap "echo caught; exit 9" INT; echo "$OPENAI_BASE_URL $OPENAI_API_KEY"; ${LOOP}`;
  const program = onTerminal(['auth', 'exec', '--', 'sh', '-c', script], { env });
  await program.seen(/up/);
  program.type('\u0003');
  expect(await program.exit).toBe(9);
  expect(program.raw().replaceAll(/\s+/g, '')).toContain(w.credentials.access_token);
  expect(program.raw().match(/caught/g)).toHaveLength(1);
});

test.concurrent('serve begins without a login, and shares one refresh among 100 clients after it', async () => {
  await using w = await signedIn({ change: { expiry_date: 1 } });
  await rename(w.home.credentials, `${w.home.credentials}.away`);
  const { child, seen, result } = w.home.start(['serve', '--json'], { input: null });
  const [, url = '', key = ''] = await seen(/"OPENAI_BASE_URL":"(.+?)","OPENAI_API_KEY":"(.+?)"/);
  const ask = async () => {
    const response = await fetch(`${url}/models`, { headers: { 'api-key': key } });
    return [response.status, await response.text()];
  };
  expect(await ask()).toEqual([401, expect.stringContaining('qwen-demo auth')]);
  await rename(`${w.home.credentials}.away`, w.home.credentials);
  const answers = await Promise.all(Array.from({ length: 100 }, ask));
  expect(answers.every(([status]) => status === 200)).toBe(true);
  expect(w.refreshes()).toBe(1);
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await result;
  expect([code, stderr]).toEqual([143, '']);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    event: 'ended',
    requests: 101,
    failed: 1,
    cut_off: 0,
  });
  expect(stdout).not.toContain((await w.stored()).access_token);
});
