import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Sandbox, startSandbox } from '../../src/sandbox/server.ts';
import { onLosableTerminal } from '../helpers/hang-up.ts';
import { createHome, type Home } from '../helpers/program.ts';
import { hangingModel } from '../helpers/hanging-model.ts';

let sandbox: Sandbox;
let model: Awaited<ReturnType<typeof hangingModel>>;
let home: Home;

beforeAll(async () => {
  [sandbox, model, home] = await Promise.all([startSandbox(), hangingModel(), createHome()]);
});
afterAll(() =>
  Promise.all([sandbox.close(), model[Symbol.asyncDispose](), home[Symbol.asyncDispose]()]),
);

function start(args: string[], controlling: boolean, more: Record<string, string> = {}) {
  const at = args.includes('auth') ? sandbox.environment() : { OPENAI_BASE_URL: model.url };
  const env = { ...at, ...more, HOME: home.path };
  return onLosableTerminal(args, { env, cwd: home.path, controlling });
}

/** Milliseconds. Protects against hanging only. */
const MOST_WAIT = 15_000;

/** Every stage in which a command waits, and what shows that it has come to it. */
const STAGES: [string, string[], RegExp | 'request'][] = [
  ['auth login that waits for approval', ['auth', '--no-browser'], /user_code=|Waiting/],
  ['chat -p that streams', ['chat', '-p', 'endless'], /and on/],
  ['chat -p that waits for the first byte', ['chat', '-p', 'silent'], 'request'],
  ['chat at its prompt', ['chat'], /> \u001B\[3G$/],
  ['validate-models with its live table', ['validate-models', '-m', 'silent'], /Asking 1 model/],
  ['sandbox', ['sandbox'], /listens on/],
  ['sandbox -- chat', ['sandbox', '--', 'chat'], /> \u001B\[3G$/],
];

describe.each([
  ['SIGHUP, with 129', true, 129],
  ['writes that fail and no signal, with 141', false, 141],
])('when its terminal goes away: %s', (_, controlling, code) => {
  // The hard end after 1.5 s would be by a signal: these codes are those of an end in order.
  test.each(STAGES)('%s ends in order', async (_stage, args, stage) => {
    const asked = model.nextRequest();
    const program = start(args, controlling);
    await (stage === 'request' ? asked : program.seen(stage));
    const end = await program.hangUp();
    expect(end.code).toBe(code);
    expect(end.ms).toBeLessThan(MOST_WAIT);
    await model.allClosed();
    expect(() => process.kill(program.pid, 0)).toThrow('ESRCH');
  });
});

test.each([
  ['chat -p', ['chat', '-p', 'silent']],
  ['chat', ['chat']],
  ['auth login', ['auth', 'login', '--no-browser']],
  ['list-models', ['list-models', '--known']],
  ['sandbox', ['sandbox']],
])('%s whose terminal goes away while Node starts ends with 141', async (_, args) => {
  expect(await start(args, false).hangUp()).toMatchObject({ code: 141 });
  await model.allClosed();
});

test.each([
  ['its input', ['auth', '--no-browser'], 'ReadStream'],
  ['its outputs', ['list-models', '--known'], 'WriteStream'],
])(
  'a terminal that goes away while Node opens %s ends the command in order',
  async (_, args, stream) => {
    // Node looks whether a descriptor is a terminal, and then opens it. Here the terminal goes in between.
    const preload = join(home.path, `${stream}.cjs`);
    await writeFile(
      preload,
      `const tty = require('node:tty');
    const Opened = tty.${stream};
    const cell = new Int32Array(new SharedArrayBuffer(4));
    tty.${stream} = function (fd) {
      require('node:fs').writeSync(fd, 'opens');
      while (tty.isatty(fd)) Atomics.wait(cell, 0, 0, 1);
      return new Opened(fd);
    };`,
    );
    for (const [controlling, code] of [
      [true, 129],
      [false, 141],
    ] as const) {
      const program = start(args, controlling, { NODE_OPTIONS: `--require "${preload}"` });
      await program.seen(/opens/);
      expect(await program.hangUp()).toMatchObject({ code });
    }
  },
);

test('a conversation whose terminal goes away during an answer keeps the received text', async () => {
  const program = start(['chat', '--new', 'lost'], false);
  await program.seen(/> \u001B\[3G$/);
  program.type('endless\r');
  await program.seen(/and on/);
  await program.hangUp();
  await model.allClosed();
  const path = join(home.path, '.config/qwen-demo/conversations/lost.jsonl');
  expect(await readFile(path, 'utf8')).toContain('and on');
  const history = join(home.path, '.config/qwen-demo/chat_history.jsonl');
  expect(await readFile(history, 'utf8')).toContain('"endless"');
});

test('a signal ends a chat whose terminal takes no more output', async () => {
  const program = start(['chat', '-p', 'flood'], true);
  await program.seen(/x{70}/);
  await program.stall();
  process.kill(program.pid, 'SIGINT');
  expect(await program.exit).toBe(130);
});
