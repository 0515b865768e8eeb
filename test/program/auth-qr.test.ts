import { encode } from 'uqr';
import { expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createHome } from '../helpers/program.ts';
import { onTerminal } from '../helpers/pty.ts';

async function world() {
  const sandbox = await startSandbox({ interval: 0.2 });
  const home = await createHome(sandbox.environment());
  return {
    sandbox,
    home,
    env: { ...sandbox.environment(), HOME: home.path },
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

/** The rows of blocks on the screen. */
function blocksOf(screen: string[]): string[] {
  return screen.filter((line) => /^[█▀▄ ]+$/.test(line));
}

test('auth login --qr shows verification_uri_complete as a QR code below the text', async () => {
  await using w = await world();
  const auth = onTerminal(['auth', '--no-browser', '--qr'], { env: w.env, rows: 60 });
  await auth.seen(/Waiting for approval/);
  auth.type('\u0003');
  expect(await auth.exit).toBe(130);
  const screen = await auth.screen();
  const [user_code = ''] = /[A-Z]{4}-[A-Z]{4}/.exec(screen.join('\n')) ?? [];
  const { size } = encode(`${w.sandbox.url}/authorize?user_code=${user_code}`, { border: 2 });
  expect(blocksOf(screen)).toHaveLength(Math.ceil(size / 2));
});

test('auth login --qr says when the terminal is too narrow for the QR code', async () => {
  await using w = await world();
  const narrow = onTerminal(['auth', '--no-browser', '--qr'], { env: w.env, columns: 30 });
  await narrow.seen(/Waiting for approval/);
  narrow.type('\u0003');
  await narrow.exit;
  const screen = await narrow.screen();
  expect(blocksOf(screen)).toEqual([]);
  expect(screen.join(' ')).toContain('No QR code');
});

test('auth login --qr prints no QR code into a pipe', async () => {
  await using w = await world();
  const piped = w.home.start(['auth', '--qr']);
  await piped.seen(/No QR code/);
  piped.child.kill('SIGINT');
  const { stdout, stderr } = await piped.result;
  expect(stdout + stderr).not.toMatch(/[█▀▄]/);
});

test('--qr conflicts with --json', async () => {
  await using w = await world();
  expect(await w.home.run(['auth', '--qr', '--json'])).toMatchObject({ code: 2 });
});
