import { afterAll, describe, expect, test } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { json, modelApi, says } from '../helpers/model-api.ts';
import { createHome } from '../helpers/program.ts';
import { onTerminal, type OnTerminal } from '../helpers/pty.ts';
import { CTRL_C, CTRL_D, ENTER } from '../helpers/repl.ts';

const sandbox = await startSandbox({ interval: 0.2 });
const api = await modelApi({
  quick: says('42'),
  stalled: () => {},
  refused: json(403, {
    error: {
      message:
        '该模型不存在，或者您的账户没有访问权限；请联系管理员 and read our documentation first',
    },
  }),
});
const homes: AsyncDisposable[] = [];
afterAll(async () => {
  for (const home of homes) await home[Symbol.asyncDispose]();
  await sandbox.close();
  await api[Symbol.asyncDispose]();
});

const WIDTHS = [40, 80, 160];

/** Starts the program in a home of its own. */
type Start = (args: string[], env?: Record<string, string>) => OnTerminal;

async function startAt(columns: number): Promise<Start> {
  const home = await createHome();
  homes.push(home);
  return (args, env = {}) =>
    onTerminal(args, { env: { HOME: home.path, ...env }, columns, rows: 50, cwd: home.path });
}

const key = () => ({ OPENAI_BASE_URL: `${api.url}/v1`, OPENAI_API_KEY: 'sk-1' });

/** What the terminal may break: text on its own line, to be copied. */
const WHOLE = /^ *[("]?(?:\/|~|https?:|qwen-demo |export |# export |`|--?[a-z])/;

/** Lines longer than the terminal that it had to break, for all of them the words before the break. */
async function broken({ screen, terminal }: OnTerminal): Promise<string[]> {
  await screen();
  const { active } = terminal.buffer;
  const lines: string[] = [];
  for (let row = 1; row < active.length; row += 1) {
    if (!active.getLine(row)?.isWrapped || active.getLine(row - 1)?.isWrapped) continue;
    const text = active.getLine(row - 1)?.translateToString(true) ?? '';
    if (!WHOLE.test(text)) lines.push(text);
  }
  return lines;
}

const ends: [name: string, args: string[], env: () => Record<string, string>, shown: RegExp][] = [
  ['the help', ['validate-models', '--help'], () => ({}), /display help/],
  ['an unknown flag', ['chat', '--mesages', 'x'], () => ({}), /Did you mean/],
  ['no login', ['chat', '-p', 'hi'], () => ({}), /qwen-demo auth/],
  ['no key', ['chat', '-p', 'hi', '--auth', 'api-key'], () => ({}), /--with-api-key/],
  ['auth status', ['auth', 'status'], key, /Ready/],
  ['auth status without a login', ['auth', 'status'], () => ({}), /Not signed in/],
  ['nothing to import', ['auth', 'import'], () => ({}), /qwen-demo auth import FILE/],
  ['nothing to sign out of', ['auth', 'logout'], () => ({}), /not signed in/],
  ['no conversation', ['chat', '--list'], key, /qwen-demo chat --new NAME/],
  ['a refusal in Chinese', ['chat', '-m', 'refused', '-p', 'hi'], key, /documentation/],
  ['a model that is not there', ['chat', '-m', 'gone', '-p', 'hi'], key, /list-models/],
  [
    'a refused connection',
    ['chat', '-p', 'hi', '--max-retries', '0'],
    () => ({ OPENAI_BASE_URL: 'http://127.0.0.1:9/v1', OPENAI_API_KEY: 'x' }),
    /error:/,
  ],
  ['an answer with its usage', ['chat', '-m', 'quick', '-p', 'hi', '-u'], key, /in all/],
  ['the list of models', ['list-models'], key, /quick/],
  [
    'models that fail',
    ['validate-models', '--probe', 'chat', '-m', 'refused,quick'],
    key,
    /did not/,
  ],
];

describe.each(WIDTHS)('in %i columns no word is cut', (columns) => {
  test.concurrent.each(ends)('in %s', async (_, args, env, shown) => {
    const run = (await startAt(columns))(args, env());
    await run.exit;
    expect((await run.screen()).join(' ').replaceAll(/\s+/g, ' ')).toMatch(shown);
    expect(await broken(run)).toEqual([]);
  });

  test.concurrent('in a login, from the code to the sign-out', async () => {
    const start = await startAt(columns);
    const login = start(['auth', 'login', '--no-browser'], sandbox.environment());
    await login.seen(/Waiting/);
    expect(await broken(login)).toEqual([]);
    sandbox.approve(/[A-Z]{4}-[A-Z]{4}/.exec(login.raw())?.[0] ?? '');
    expect(await login.exit).toBe(0);
    const status = start(['auth', 'status'], sandbox.environment());
    const refresh = start(['auth', 'refresh'], sandbox.environment());
    await Promise.all([status.exit, refresh.exit]);
    const logout = start(['auth', 'logout'], sandbox.environment());
    expect(await logout.exit).toBe(0);
    const begun = start(['auth', 'login', '--init-only'], sandbox.environment());
    expect(await begun.exit).toBe(0);
    for (const run of [login, status, refresh, logout, begun])
      expect(await broken(run)).toEqual([]);
  });

  test.concurrent('in a session of chat', async () => {
    const session = (await startAt(columns))(['chat', '-m', 'quick'], key());
    await session.seen(/> /);
    session.type(`/help${ENTER}`);
    await session.seen(/Ctrl-D\s+ends the/);
    session.type(`hi${ENTER}`);
    await session.seen(/\[\?2004l[^]*42/);
    session.type(`/usage${ENTER}`);
    await session.seen(/turns:/);
    session.type(CTRL_C);
    await session.seen(/once more/);
    session.type(CTRL_D);
    expect(await session.exit).toBe(0);
    expect(await broken(session)).toEqual([]);
  });

  test.concurrent('in the messages of the sandbox', async () => {
    const served = (await startAt(columns))(['sandbox']);
    await served.seen(/Ctrl-C/);
    served.type(CTRL_C);
    expect(await served.exit).toBe(130);
    expect(await broken(served)).toEqual([]);
  });
});
