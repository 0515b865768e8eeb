import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { json } from '../helpers/model-api.ts';
import { recordingApi } from '../helpers/recording-api.ts';
import { temporaryFolder } from '../helpers/real-world.ts';
import { MAIN } from '../helpers/program.ts';

const ANSWER = '::error::x\n a ##[group]y\n';
const SAFE = ': :error::x\n a ## [group]y\n';
const OK = json(200, { choices: [{ message: { content: ANSWER }, finish_reason: 'stop' }] });

/** The walk over the processes ends at the real job otherwise. */
const inJob = process.env.GITHUB_ACTIONS !== undefined || process.platform !== 'linux';

describe.skipIf(inJob)('in a step of GitHub Actions', () => {
  const ask = '"$0" "$1" chat -p x';
  test.concurrent.each([
    ['the log has no workflow command of a model', ask, SAFE],
    ['neither has one with --json', `${ask} --json | grep -c '##\\[' || true`, '0\n'],
    ['a script takes the answer as it is', `a=$(${ask}); printf '%s\\n' "$a"`, ANSWER],
    ['so does a pipe', `${ask} | cat`, ANSWER],
    ['and a file', `${ask} > file; cat file`, ANSWER],
    ['unless --sanitize asks for a safe one', `${ask} --sanitize | cat`, SAFE],
  ])('%s', async (_, script, expected) => {
    await using folder = await temporaryFolder();
    await using api = await recordingApi(OK);
    const child = spawn('bash', ['-c', `${script}; true`, process.execPath, MAIN], {
      cwd: folder.path,
      env: { PATH: process.env.PATH, HOME: folder.path, GITHUB_ACTIONS: 'true', ...api.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    expect(await text(child.stdout)).toBe(expected);
  });
});
