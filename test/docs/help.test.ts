import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES, run, SIGNAL_CODES } from '../../src/cli.ts';
import { wholeProgram } from '../../src/command-line.ts';
import type { Context } from '../../src/commands/context.ts';
import { variablesOf } from '../../src/commands/help/guide-text.ts';
import { GUIDES } from '../../src/commands/help/guides.ts';
import { TOPICS } from '../../src/commands/help/topic-names.ts';
import { EXIT_CODE_ROWS, SETTING_ROWS } from '../../src/commands/help/tables.ts';
import { PROFILE_KEYS } from '../../src/core/settings/config.ts';
import { SETTINGS } from '../../src/core/settings/definitions.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { textWidth } from '../../src/terminal/wrap.ts';
import { createInProcessHome } from '../helpers/in-process-home.ts';
import { MAIN } from '../helpers/program.ts';
import { temporaryFolder } from '../helpers/real-world.ts';
import { jsonReport, judged, passed } from '../helpers/validation-report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = await readFile(join(root, 'README.md'), 'utf8');

const pathsBelow = (command: Command, before: string[] = []): string[][] =>
  command.commands.flatMap((one) => {
    const path = [...before, one.name()];
    return [path, ...pathsBelow(one, path)];
  });
const paths = pathsBelow(await wholeProgram({ version: '0' } as Context)).map((path) =>
  path.join(' '),
);

describe('the tables of the help are those of the README', () => {
  const cell = (text: string) => text.replaceAll('|', String.raw`\|`);
  const tableAfter = (head: string) =>
    (readme.split(`${head}\n`)[1] ?? '').split('\n\n')[0]?.split('\n').slice(1);

  test('flags and variables', () => {
    const rows = SETTING_ROWS.map(({ flag, variables, default: value }) =>
      `| ${[flag, variables, value].map(cell).join(' | ')} |`.replaceAll(/ {2,}/g, ' '),
    );
    expect(tableAfter('| flag | environment | default |')).toEqual(rows);
  });

  test('every variable of a setting is in the table', () => {
    const named = SETTING_ROWS.map(({ variables }) => variables).join();
    for (const variable of Object.values(SETTINGS).flatMap((row) => [...row.variables])) {
      expect(named).toContain(`\`${variable}\``);
    }
  });

  test('exit codes, and the codes of the program', () => {
    const rows = EXIT_CODE_ROWS.map(([codes, meaning]) => `| ${codes} | ${cell(meaning)} |`);
    expect(tableAfter('| code | meaning |')).toEqual(rows);
    const codes = EXIT_CODE_ROWS.flatMap(([text]) => text.split(', ').map(Number));
    expect(codes).toEqual([0, ...Object.values(EXIT_CODES), ...Object.values(SIGNAL_CODES)]);
  });

  test('keys of a profile', () => {
    const [, keys = ''] = /A profile can have the keys (.*?):\n/.exec(readme) ?? [];
    const named = [...keys.matchAll(/`(\w+)`/g)].map(([, key]) => key);
    expect(new Set([...named, 'from_login'])).toEqual(new Set(PROFILE_KEYS));
  });
});

test('every command has two or three examples and a page', () => {
  expect(Object.keys(GUIDES).toSorted()).toEqual(paths.toSorted());
  for (const [path, { examples, page }] of Object.entries(GUIDES)) {
    expect([2, 3], path).toContain(examples.length);
    for (const [line] of examples) expect(line).toContain(`qwen-demo ${path}`);
    expect(existsSync(join(root, page)), page).toBe(true);
  }
});

/** What a command prints on a terminal of so many columns. */
async function shown(line: string, columns: number): Promise<string> {
  const parts: string[] = [];
  const stdout = Object.assign(new PassThrough(), { isTTY: true, columns });
  stdout.on('data', (part: Buffer) => parts.push(part.toString()));
  const env = { HOME: '/nonexistent' };
  const terminal = { stdin: new PassThrough(), stdout, stderr: stdout, env };
  const signal = new AbortController().signal;
  const program = ['node', 'main.cjs'];
  const context = { version: '0', env, terminal, signal, program } as unknown as Context;
  expect(await run(line.split(' '), context), line).toBe(0);
  return parts.join('');
}

const pages = [
  'help',
  ...paths.map((path) => `help ${path}`),
  ...TOPICS.map(([name]) => `help ${name}`),
];
const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '' && word !== '\\');

test.each([40, 80, 160])('all help fits %i columns, with whole words', async (columns) => {
  for (const page of pages) {
    const text = await shown(page, columns);
    expect(wordsOf(text), page).toEqual(wordsOf(await shown(page, 10_000)));
    for (const line of text.split('\n')) {
      expect(textWidth(line) <= columns || wordsOf(line).length === 1, line).toBe(true);
    }
  }
});

test('help COMMAND is COMMAND --help, with examples, variables and the page', async () => {
  for (const path of paths) {
    const text = await shown(`help ${path}`, 80);
    expect(text).toBe(await shown(`${path} --help`, 80));
    expect(text).toContain(`\n\nExamples:\n  `);
    expect(text).toContain(`\nRead more:\n  ${GUIDES[path]?.page}\n`);
    for (const variable of variablesOf(path)) expect(text).toContain(variable);
  }
  expect(await shown('auth help login', 80)).toBe(await shown('help auth login', 80));
  expect(variablesOf('auth login')).toContain('BROWSER');
  for (const path of ['chat', 'config', 'config list', 'auth list', 'auth switch']) {
    expect(variablesOf(path)).toContain('QWEN_DEMO_PROFILE');
  }
  expect(variablesOf('sandbox')).toEqual(['QWEN_DEMO_HOME', 'NO_COLOR', 'FORCE_COLOR']);
});

test('help on what does not exist exits 2 with a guess', async () => {
  await using home = await createInProcessHome();
  for (const [line, message] of [
    ['help enviroment', 'Did you mean `qwen-demo help environment`?'],
    ['help config-file', "unknown command 'config-file'"],
    ['help auth statsu', 'Did you mean `qwen-demo auth status'],
    ['help models', 'Did you mean `qwen-demo list-models'],
  ] as const) {
    const { code, stdout, stderr } = await home.run(line.split(' '));
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  }
});

describe('every example runs against the sandbox', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  const at = (name: string) => join(folder.path, name);
  beforeAll(async () => {
    [sandbox, folder] = await Promise.all([
      startSandbox({ auto_approve: true }),
      temporaryFolder(),
    ]);
    await Promise.all(
      ['bin', '.qwen', '.zfunc', '.config/fish/completions'].map((name) =>
        mkdir(at(name), { recursive: true }),
      ),
    );
    const tools = {
      'bin/qwen-demo': `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`,
      'bin/git': '#!/bin/sh\necho "- old"\necho "+ new"\n',
      'bin/codex': '#!/bin/sh\ntest -n "$OPENAI_API_KEY"\n',
    };
    for (const [name, text] of Object.entries(tools)) {
      await writeFile(at(name), text);
      await chmod(at(name), 0o755);
    }
    const key = sandbox.environment('key').OPENAI_API_KEY ?? '';
    await writeFile(at('key.txt'), `${key}\n`, { mode: 0o600 });
    await writeFile(at('main.js'), 'let x = 1;\n');
    await writeFile(at('shard-1.json'), jsonReport(judged([passed('a')])));
    const login = { ...sandbox.issue(), expiry_date: Date.now() + 3_600_000 };
    await writeFile(at('.qwen/oauth_creds.json'), JSON.stringify(login), { mode: 0o600 });
  });
  afterAll(async () => {
    await sandbox.close();
    await folder[Symbol.asyncDispose]();
  });

  const shell = (command: string) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      const env = {
        PATH: `${at('bin')}:/usr/bin:/bin`,
        HOME: folder.path,
        ...sandbox.environment('login'),
      };
      const options = { cwd: folder.path, env, timeout: 20_000 };
      execFile('bash', ['-c', command], options, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });

  // In this order: what a login stores, a later command uses and a logout deletes.
  const lines = Object.values(GUIDES)
    .flatMap(({ examples }) => examples.map(([line]) => line))
    .toSorted((one, other) => Number(one.includes('logout')) - Number(other.includes('logout')));
  test.each(lines)('%s', async (line) => {
    const real = line.replaceAll('https://llm.example.com', sandbox.url);
    // Until Ctrl-C.
    const serves = /^qwen-demo (sandbox --auto-approve|serve\b)/.test(line);
    const { code, output } = await shell(serves ? `timeout -s INT 1 ${real}` : real);
    expect(code, output).toBe(serves ? 124 : 0);
  });
});
