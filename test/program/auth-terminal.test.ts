import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createHome } from '../helpers/program.ts';
import { onTerminal } from '../helpers/pty.ts';

/** A home whose `xdg-open` writes down what it is asked to open. */
async function world() {
  const sandbox = await startSandbox({ interval: 0.2 });
  const home = await createHome();
  const bin = join(home.path, 'bin');
  const opened = join(home.path, 'opened');
  await mkdir(bin);
  await writeFile(join(bin, 'xdg-open'), `#!/bin/sh\nprintf '%s\\n' "$@" >> '${opened}'\n`);
  await chmod(join(bin, 'xdg-open'), 0o755);
  const env = {
    ...sandbox.environment(),
    HOME: home.path,
    PATH: `${bin}:${process.env.PATH}`,
    DISPLAY: ':0',
  };
  return {
    sandbox,
    env,
    opened: () => readFile(opened, 'utf8').catch(() => ''),
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

test('on a terminal auth opens the browser and a spinner shows the time left', async () => {
  await using w = await world();
  const auth = onTerminal(['auth'], { env: w.env });
  await auth.seen(/Waiting for approval, (10:00|9:5\d) left/);
  const user_code = /[A-Z]{4}-[A-Z]{4}/.exec(auth.raw())?.[0] ?? '';
  w.sandbox.approve(user_code);
  expect(await auth.exit).toBe(0);
  expect(await w.opened()).toBe(`${w.sandbox.url}/authorize?user_code=${user_code}\n`);
  const screen = await auth.screen();
  expect(screen.join('\n')).toContain('Signed in.');
  expect(screen.join('\n')).not.toContain('Waiting');
  // The cursor is given back.
  expect(auth.raw().lastIndexOf('\u001B[?25h')).toBeGreaterThan(
    auth.raw().lastIndexOf('\u001B[?25l'),
  );
});

test('while auth waits c copies the code, Enter opens the page, and Ctrl-C restores the terminal', async () => {
  await using w = await world();
  const script = 'trap : INT; "$0" dist/main.cjs auth; echo "exit $?"; stty -a';
  const shell = onTerminal(['-c', script, process.execPath], { env: w.env, command: 'sh' });
  await shell.seen(/Keys: c copies the code, Enter opens the page\./);
  await shell.seen(/Waiting for approval/);
  const user_code = /[A-Z]{4}-[A-Z]{4}/.exec(shell.raw())?.[0] ?? '';
  shell.type('c');
  const [, copied = ''] = await shell.seen(/\u001B\]52;c;([^\u0007]*)\u0007/);
  expect(Buffer.from(copied, 'base64').toString()).toBe(user_code);
  shell.type('\r');
  await vi.waitFor(
    async () => expect((await w.opened()).match(/authorize/g)).toHaveLength(2),
    30_000,
  );
  shell.type('\u0003');
  await shell.seen(/exit 130[^]*[^-]icanon[^]*[^-]echo\b/);
});

test.each([
  ['--no-browser', ['--no-browser'], {}],
  ['a CI', [], { CI: 'true' }],
  ['an SSH session', [], { SSH_CONNECTION: '10.0.0.1 1 10.0.0.2 22' }],
  ['no display', [], { DISPLAY: '' }],
])('auth opens no browser with %s', async (_, flags, env) => {
  await using w = await world();
  const auth = onTerminal(['auth', ...flags], { env: { ...w.env, ...env } });
  await auth.seen(/Waiting for approval/);
  auth.type('\u0003');
  expect(await auth.exit).toBe(130);
  expect(await w.opened()).toBe('');
});

test('auth prints hyperlinks on a terminal that supports them and plain URLs elsewhere', async () => {
  await using w = await world();
  for (const [FORCE_HYPERLINK, links] of [
    ['1', true],
    ['0', false],
  ] as const) {
    const auth = onTerminal(['auth', '--no-browser'], { env: { ...w.env, FORCE_HYPERLINK } });
    await auth.seen(/Waiting for approval/);
    auth.type('\u0003');
    await auth.exit;
    expect(auth.raw().includes(`\u001B]8;;${w.sandbox.url}/authorize?user_code=`)).toBe(links);
    expect((await auth.screen()).join('\n')).toContain(`Open ${w.sandbox.url}/authorize`);
  }
});

test('auth prints code and URL without a break in 40 columns', async () => {
  await using w = await world();
  const auth = onTerminal(['auth', '--no-browser'], { env: w.env, columns: 40 });
  await auth.seen(/Waiting for approval/);
  auth.type('\u0003');
  await auth.exit;
  const screen = (await auth.screen()).join('\n');
  expect(screen).toMatch(/enter the code [A-Z]{4}-[A-Z]{4}/);
  expect(screen.replaceAll('\n', '')).toContain(`${w.sandbox.url}/authorize?user_code=`);
});
