import { spawnSync } from 'node:child_process';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { scriptOf } from '../../src/commands/completion/scripts.ts';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';
import { onTerminal } from '../helpers/pty.ts';
import { temporaryFolder } from '../helpers/real-world.ts';
import { MAIN } from '../helpers/program.ts';

const CONFIG = '{"profiles":{"work":{"model":"qwen2.5:7b"},"home":{"model":"$(evil)"}}}';

describe('the words that can follow a command line', () => {
  let home: InProcessHome;
  beforeAll(async () => {
    home = await createInProcessHome();
    const verdict = { verdict: 'pass', at: 1 };
    const endpoints = { 'http://127.0.0.1:1/v1': { 'gpt-oss:20b': verdict, 'a\nb': verdict } };
    await home.furnish([
      ['config.json', CONFIG],
      ['last-verdicts.json', JSON.stringify({ version: 1, endpoints })],
      ['last-models.json', '{"version":1,"endpoints":{"http://127.0.0.1:1/v1":{"glm-5":null}}}'],
      ['conversations/plan.jsonl', ''],
      ['conversations/talk.jsonl', ''],
    ]);
    // A completion sends no request.
    home.answer(() => {
      throw new Error('a request was sent');
    });
  });
  afterAll(() => home[Symbol.asyncDispose]());

  test.each([
    [
      '',
      'auth chat list-models validate-models config sandbox doctor completion help serve version',
    ],
    ['config ', 'list get set unset'],
    ['au', 'auth'],
    ['auth ', 'login status list switch token refresh logout import exec'],
    ['auth st', 'status'],
    ['auth login --st', '--store'],
    ['auth login --store ', 'file keyring'],
    ['auth --pl', '--plan'],
    ['auth status --plan co', 'coding'],
    ['auth status --profile ', 'default work home'],
    ['auth switch w', 'work'],
    ['chat --fal', '--fallback-model'],
    ['chat -m', '-m'],
    ['chat -m qwen3-c', 'qwen3-coder-plus qwen3-coder-flash'],
    ['chat --model=qwen2', '--model=qwen2.5:7b'],
    ['chat -m gpt', 'gpt-oss:20b'],
    ['chat -m g', 'gpt-oss:20b glm-5'],
    ['chat -c ', 'talk plan'],
    ['chat --show t', 'talk'],
    ['chat --new ', ''],
    ['chat -f ', ':files'],
    ['chat --file=no', ':files'],
    ['chat --temperature ', ''],
    ['chat wh', ''],
    ['chat -- --mod', ''],
    ['list-models --ability tools,v', 'tools,vision'],
    ['validate-models --probe v', 'vision'],
    ['validate-models --probe chat,st', 'chat,stream chat,stop'],
    ['validate-models --report ju', 'junit'],
    ['validate-models --report json=', ':files'],
    ['sandbox --fault qu', 'quota'],
    ['sandbox -- auth lo', 'login logout'],
    ['help ex', 'exit-codes'],
    ['help auth lo', 'login logout'],
    ['completion z', 'zsh'],
    ['completion zsh ', ''],
    ['list-models --fields id,w', 'id,window'],
    ['list-models --sort w', 'window'],
    ['config set markd', 'markdown'],
    ['config set markdown ', 'true false'],
    ['config set plan co', 'coding'],
    ['config set --profile work model qwen2', 'qwen2.5:7b'],
    ['config set seed ', ''],
    ['config get markdown m', ''],
    ['nonsense ', ''],
  ])('%j', async (line, words) => {
    const { code, stdout, stderr } = await home.run([
      'completion',
      'bash',
      '--',
      ...line.split(' '),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const found = stdout.split('\n').map((one) => one.split('\t')[0]);
    expect(new Set(found)).toEqual(new Set([...words.split(' '), '']));
  });

  test('an id that a shell would evaluate is not offered', async () => {
    const { stdout } = await home.run(['completion', 'bash', '--', 'chat', '-m', '']);
    expect(stdout).not.toContain('evil');
    expect(stdout.split('\n')).not.toContain('b\t');
  });

  test('files that cannot be read offer nothing and are no error', async () => {
    const env = { QWEN_DEMO_HOME: '/dev/null' };
    const run = await home.run(['completion', 'fish', '--', 'chat', '-c', ''], env);
    expect(run).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  test('an unknown shell exits 2 and names those there are', async () => {
    const { code, stderr } = await home.run(['completion', 'csh']);
    expect(code).toBe(2);
    expect(stderr).toContain('bash, zsh or fish');
  });
});

/** Each line, and what the shell makes of it when Tab is pressed. */
const TABBED = [
  ['qwen-demo auth sta', 'qwen-demo auth status '],
  ['qwen-demo chat --fallb', 'qwen-demo chat --fallback-model '],
  ['qwen-demo chat -m gpt-oss:2', 'qwen-demo chat -m gpt-oss:20b '],
  ['qwen-demo chat --model=gpt-oss:2', 'qwen-demo chat --model=gpt-oss:20b '],
  ['qwen-demo auth switch wo', 'qwen-demo auth switch work '],
  ['qwen-demo chat -c ta', 'qwen-demo chat -c talk '],
  ['qwen-demo chat -f uniq', 'qwen-demo chat -f unique.txt '],
  ['qwen-demo chat --file=uniq', 'qwen-demo chat --file=unique.txt '],
  ["qwen-demo chat '$(touch evil)' --fallb", "qwen-demo chat '$(touch evil)' --fallback-model "],
] as const;

const SHELLS = [
  ['bash', ['--noprofile', '--norc', '-i'], 'PS1="> "; . ./script'],
  ['zsh', ['-f', '-i'], 'PS1="> "; autoload -U compinit; compinit -u -D; . ./script'],
  [
    'fish',
    ['--no-config', '-i'],
    'function fish_prompt; echo "> "; end; set -g fish_autosuggestion_enabled 0; source ./script',
  ],
] as const;

describe.each(SHELLS)('in %s', (shell, args, start) => {
  const missing = spawnSync(shell, ['--version']).error !== undefined;

  test.skipIf(missing)(
    'Tab completes commands, flags, values and files',
    async () => {
      await using folder = await temporaryFolder();
      const at = (name: string) => join(folder.path, name);
      await mkdir(at('bin'));
      await mkdir(at('own/conversations'), { recursive: true, mode: 0o700 });
      const profiles = { work: { model: 'gpt-oss:20b' } };
      await Promise.all([
        writeFile(at('bin/qwen-demo'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`),
        writeFile(at('own/config.json'), JSON.stringify({ profiles }), { mode: 0o600 }),
        writeFile(at('own/conversations/talk.jsonl'), '', { mode: 0o600 }),
        writeFile(at('unique.txt'), ''),
        writeFile(at('script'), scriptOf(shell)),
      ]);
      await chmod(at('bin/qwen-demo'), 0o755);
      const env = {
        PATH: `${at('bin')}:${process.env.PATH}`,
        HOME: folder.path,
        QWEN_DEMO_HOME: at('own'),
      };
      const terminal = onTerminal([...args], {
        command: shell,
        env,
        cwd: folder.path,
        columns: 120,
      });
      terminal.type(`${start}; echo re""ady\r`);
      await terminal.seen(/[\r\n]ready/);
      for (const [typed, completed] of TABBED) {
        terminal.type(`${typed}\t`);
        const shown = async () =>
          (await terminal.screen()).some((row) => row.includes(completed.trim()));
        await expect.poll(shown, { interval: 30, message: typed }).toBe(true);
        terminal.type('\u0015');
      }
      terminal.type('ls\r');
      await terminal.seen(/unique\.txt\W+$/m);
      expect((await terminal.screen()).filter((row) => row === 'evil')).toEqual([]);
      terminal.type('\u0015exit\r');
      await terminal.exit;
    },
    60_000,
  );
});
