import { afterAll, describe, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { modelApi, says } from '../helpers/model-api.ts';
import { createHome } from '../helpers/program.ts';
import { onTerminal, type OnTerminal } from '../helpers/pty.ts';
import { CTRL_C, CTRL_D, ENTER } from '../helpers/repl.ts';

const home = await createHome();
const sandbox = await startSandbox({ interval: 0.2 });
const answer =
  '# A title\n\nA paragraph of *words*: 模型不存在或没有权限.\n\n- one\n- two\n\n| a | b |\n|---|---|\n| c | d |\n';
const api = await modelApi({ quick: says('42'), text: says(answer), stalled: () => {} });
afterAll(async () => {
  await sandbox.close();
  await api[Symbol.asyncDispose]();
  await home[Symbol.asyncDispose]();
});

/** A run that says nothing without end stays far below this, in UTF-16 units. */
const MOST = 64 * 1024;

interface Size {
  columns: number;
  rows: number;
}

type Start = (args: string[]) => OnTerminal;

/** What a command does at a terminal until it ends, and the code it ends with. */
const commands: [name: string, code: number, run: (start: Start) => Promise<OnTerminal>][] = [
  ['--help', 0, async (start) => start(['--help'])],
  ['an error', 2, async (start) => start(['chat', '--nonsense'])],
  ['auth status', 3, async (start) => start(['auth', 'status'])],
  ['list-models', 0, async (start) => start(['list-models'])],
  ['list-models --details', 0, async (start) => start(['list-models', '--details'])],
  ['chat -p', 0, async (start) => start(['chat', '-m', 'text', '-p', 'hi', '--usage'])],
  ['chat --markdown', 0, async (start) => start(['chat', '-m', 'text', '-sp', 'hi', '--markdown'])],
  [
    'a session of chat',
    0,
    async (start) => {
      const session = start(['chat', '-m', 'quick']);
      await session.seen(/> /);
      session.type(`模型 and a question that is longer than the line${ENTER}`);
      await session.seen(/\[\?2004l[^]*4\s*2/);
      session.type(`/\t\t/help${ENTER}`);
      await session.seen(/Ctrl-D/);
      session.type(CTRL_D);
      return session;
    },
  ],
  [
    'validate-models',
    130,
    async (start) => {
      const run = start(['validate-models', '--probe', 'chat', '-m', 'quick,stalled']);
      await run.seen(/(\u001B\[J[^]*){4}/);
      run.type(CTRL_C);
      return run;
    },
  ],
  [
    'auth login',
    130,
    async (start) => {
      const login = start(['auth', 'login', '--no-browser', '--qr']);
      // Several frames of the spinner.
      await login.seen(/Waiting([^]*Waiting){4}/);
      login.type(CTRL_C);
      return login;
    },
  ],
  [
    'sandbox',
    130,
    async (start) => {
      const served = start(['sandbox']);
      await served.seen(/Ctrl-C/);
      served.type(CTRL_C);
      return served;
    },
  ],
];

const envOf = (args: string[]): Record<string, string> =>
  args[0] === 'auth'
    ? { ...sandbox.environment(), HOME: home.path }
    : { OPENAI_BASE_URL: `${api.url}/v1`, HOME: home.path };

const startAt =
  ({ columns, rows }: Size): Start =>
  (args) =>
    onTerminal(args, { env: envOf(args), columns, rows });

const sizes: Size[] = [
  { columns: 0, rows: 0 },
  { columns: 1, rows: 1 },
  { columns: 12, rows: 5 },
  { columns: 400, rows: 100 },
];

describe.each(sizes)('on a terminal of $columns columns and $rows rows', (size) => {
  test.concurrent.each(commands)(
    '%s ends, with %i, and writes no more than it has to',
    async (_, code, run) => {
      const running = await run(startAt(size));
      expect(await running.exit).toBe(code);
      expect(running.raw().length).toBeLessThan(MOST);
    },
  );
});

/** Frames of a spinner or a live table that are drawn after the size is lost. */
const FRAMES = 12;

describe('a terminal that loses its size is handled while', () => {
  test.concurrent.each([
    [
      'a login waits',
      ['auth', 'login', '--no-browser'],
      /Waiting/,
      new RegExp(`^[^]*Waiting([^]*Waiting){${FRAMES}}`),
    ],
    [
      'a table is updated in place',
      ['validate-models', '--probe', 'chat', '-m', 'quick,stalled'],
      /Asking 2 models, 1/,
      new RegExp(`(\u001B\\[J[^]*){${FRAMES}}`),
    ],
  ])('a terminal may lose its size while %s', async (_, args, begun, later) => {
    const running = startAt({ columns: 80, rows: 24 })(args);
    await running.seen(begun);
    running.resize(0, 0);
    await running.seen(later);
    running.type(CTRL_C);
    expect(await running.exit).toBe(130);
    expect(running.raw().length).toBeLessThan(MOST);
    // The cursor is given back.
    expect(running.raw()).toContain('\u001B[?25h');
  });

  test.concurrent('a session of chat asks', async () => {
    const session = startAt({ columns: 80, rows: 24 })(['chat', '-m', 'quick']);
    await session.seen(/> /);
    session.resize(0, 0);
    session.type(`a question${ENTER}`);
    await session.seen(/\[\?2004l[^]*4\s*2/);
    session.type(CTRL_D);
    expect(await session.exit).toBe(0);
    expect(session.raw().length).toBeLessThan(MOST);
  });
});
