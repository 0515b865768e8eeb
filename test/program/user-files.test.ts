import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json } from '../helpers/model-api.ts';
import { createHome, type Home, MAIN } from '../helpers/program.ts';
import { onTerminal } from '../helpers/pty.ts';
import { recordingApi } from '../helpers/recording-api.ts';

const OK = json(200, { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] });
/** Milliseconds. Protects against hanging only: the code shows that a command ended in order. */
const MOST_WAIT = 15_000;

let home: Home;
let api: Awaited<ReturnType<typeof recordingApi>>;
let pipe: string;
beforeAll(async () => {
  [home, api] = await Promise.all([createHome(), recordingApi(OK)]);
  pipe = join(home.path, 'pipe');
  execFileSync('mkfifo', [pipe]);
});
afterAll(async () => {
  await Promise.all([home[Symbol.asyncDispose](), api[Symbol.asyncDispose]()]);
});

/** Resolves when the program has opened a path, so that it waits in earnest. */
async function waitsFor(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !condition(); round += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process has this file open. */
function holds(pid: number | undefined, path: string): boolean {
  try {
    return execFileSync('ls', ['-l', `/proc/${pid}/fd`], { encoding: 'utf8' }).includes(path);
  } catch {
    return false;
  }
}

const SIGNALS = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const;

describe('a FIFO that nothing writes to', () => {
  const commands = [
    'chat -p x -f PIPE',
    'chat -p x -i PIPE',
    'chat -p x --system @PIPE',
    'chat --messages PIPE',
    'chat -p x --json-schema PIPE',
    'validate-models --file PIPE',
    'validate-models -m m --baseline PIPE',
    'validate-models -m m --known-failures PIPE',
  ];
  test.concurrent.each(commands.map((command, index) => [command, SIGNALS[index % 2]] as const))(
    '%s ends with the signal while it waits for a FIFO to be written',
    async (command, [signal, code] = SIGNALS[0]) => {
      const args = command.replace('PIPE', pipe).split(' ');
      const run = home.start(args, { env: api.env });
      await waitsFor(() => holds(run.child.pid, pipe));
      const start = performance.now();
      run.child.kill(signal);
      expect(await run.result).toMatchObject({ code, stdout: '' });
      expect(performance.now() - start).toBeLessThan(MOST_WAIT);
    },
  );
});

describe('a FIFO that nothing reads', () => {
  const commands = [
    'chat -p x -o PIPE',
    'validate-models -m m --probe chat --report json=PIPE',
    'validate-models -m m --probe chat --baseline PIPE --update-baseline',
  ];
  test.each(commands.map((command, index) => [command, SIGNALS[index % 2]] as const))(
    '%s ends with the signal while it waits for a FIFO to be read',
    async (command, [signal, code] = SIGNALS[0]) => {
      const own = join(home.path, `unread-${code}-${command.length}`);
      execFileSync('mkfifo', [own]);
      await using server = await recordingApi(OK);
      const run = home.start(command.replace('PIPE', own).split(' '), { env: server.env });
      if (command.includes('--baseline')) await waitsFor(() => holds(run.child.pid, own));
      else await waitsFor(() => server.asked.length > 0);
      const start = performance.now();
      run.child.kill(signal);
      expect((await run.result).code).toBe(code);
      expect(performance.now() - start).toBeLessThan(MOST_WAIT);
    },
  );
});

async function bash(script: string) {
  const child = spawn('bash', ['-c', script, process.execPath, MAIN], {
    cwd: home.path,
    env: { PATH: process.env.PATH, HOME: home.path, ...api.env },
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (text) => (stdout += text));
  child.stderr.on('data', (text) => (stderr += text));
  child.stdin.end();
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

describe('process substitution of a shell', () => {
  const sent = () => JSON.stringify(api.asked.at(-1)?.messages);

  test('is read, however slowly it writes', async () => {
    const run = await bash('"$0" "$1" chat -p x -f <(printf one; sleep 0.2; printf two)');
    expect(run).toMatchObject({ code: 0, stdout: 'ok\n' });
    expect(sent()).toContain('onetwo');
  });

  test('is an empty file when it writes nothing', async () => {
    expect(await bash('"$0" "$1" chat -p x -f <(true)')).toMatchObject({ code: 0 });
  });

  test('is read as /dev/stdin', async () => {
    expect(await bash('printf three | "$0" "$1" chat -p x -f /dev/stdin')).toMatchObject({
      code: 0,
    });
    expect(sent()).toContain('three');
  });

  test('is read by every flag that names a file', async () => {
    const messages = `<(echo '[{"role":"user","content":"four"}]')`;
    expect(await bash(`"$0" "$1" chat --messages ${messages}`)).toMatchObject({ code: 0 });
    expect(sent()).toContain('four');
    const models = `<(echo '{"models":[{"model":"from-pipe","probes":["chat"]}]}')`;
    await bash(`"$0" "$1" validate-models --file ${models}`);
    expect(api.asked.at(-1)).toMatchObject({ model: 'from-pipe' });
  });

  test('is written to', async () => {
    const report = '"$0" "$1" validate-models -m m --probe chat --report json=>(cat > report.json)';
    await bash(`${report}; for i in {1..50}; do [ -s report.json ] && break; sleep 0.1; done`);
    expect(JSON.parse(await readFile(join(home.path, 'report.json'), 'utf8'))).toMatchObject({
      models: [{ model: 'm' }],
    });
    await bash(
      '"$0" "$1" chat -p x -o >(cat > answer.txt); for i in {1..50}; do [ -s answer.txt ] && break; sleep 0.1; done',
    );
    expect(await readFile(join(home.path, 'answer.txt'), 'utf8')).toContain('ok');
  });

  test.each(['/dev/stdout', 'log.txt'])(
    'as standard output, under the name %s, keeps earlier output and later one',
    async (path) => {
      await bash(
        `echo before > log.txt; { "$0" "$1" chat -p x -o ${path}; echo after; } >> log.txt`,
      );
      expect(await readFile(join(home.path, 'log.txt'), 'utf8')).toBe('before\nok\nafter\n');
    },
  );

  test.each(['/dev/stdout', '/dev/stderr', '/dev/fd/5'])(
    'as %s leaves the position behind the answer',
    async (path) => {
      const streams = '> both.txt 2>&1 5>&1';
      await bash(`{ "$0" "$1" chat -p x -o ${path}; echo after; } ${streams}`);
      expect(await readFile(join(home.path, 'both.txt'), 'utf8')).toMatch(/^ok\n?after\n$/);
    },
  );
});

describe('a path without an end or without data', () => {
  test.skipIf(!existsSync('/dev/zero'))('is too large, exit 2', async () => {
    for (const args of [
      ['chat', '--messages', '/dev/zero'],
      ['validate-models', '--file', '/dev/zero'],
    ]) {
      expect(await home.run(args, { env: api.env })).toMatchObject({
        code: 2,
        stdout: '',
        stderr: 'error: /dev/zero is larger than 16 MiB\n',
      });
    }
  });

  test('such as a terminal ends with Ctrl-C', async () => {
    const args = ['chat', '-p', 'x', '-f', '/dev/tty'];
    const run = onTerminal(args, { env: { HOME: home.path, ...api.env } });
    await waitsFor(() => holds(run.pid, '/dev/tty'));
    run.type('\u0003');
    expect(await run.exit).toBe(130);
  });
});

test('/file at the prompt of a session ends with Ctrl-C, and the session goes on', async () => {
  const run = onTerminal(['chat'], { env: { HOME: home.path, ...api.env } });
  await run.seen(/> /);
  run.type(`/file ${pipe}\r`);
  await waitsFor(() => holds(run.pid, pipe));
  run.type('\u0003');
  await run.seen(/\/file was interrupted/);
  run.type('/exit\r');
  expect(await run.exit).toBe(0);
});
