import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox } from '../../src/sandbox/server.ts';
import { setBaselineLatency } from '../helpers/baseline-latency.ts';
import { temporaryFolder } from '../helpers/real-world.ts';
import { MAIN } from '../helpers/program.ts';

const page = await readFile(new URL('../../docs/recipes.md', import.meta.url), 'utf8');

/** A command of the page and its heading. */
interface Command {
  recipe: string;
  command: string;
}

/** Every command with `qwen-demo`, in any embedding language, with continued lines joined. */
function commandsOf(text: string): Command[] {
  return text.split(/^## /m).flatMap((section) => {
    const recipe = section.split('\n')[0] ?? '';
    const fences = [...section.matchAll(/^```(?:sh|yaml|crontab)\n(.*?)^```/gms)];
    return fences
      .flatMap(([, code = '']) => code.replaceAll(/\\\n\s*/g, '').split('\n'))
      .map((line) => line.trim().replace(/^[\d*]+ [\d*]+ \* \* \* /, ''))
      .filter((line) => /^(?:qwen-demo|\. ).*/.test(line))
      .map((command) => ({ recipe, command }));
  });
}

const commands = commandsOf(page);

/** Longer than any answer of the sandbox on a busy machine. */
const ONE_MINUTE = 60_000;
/** Milliseconds between two tokens, so that a stream arrives in pieces on a busy machine too. */
const TOKEN_DELAY = 5;

describe('the recipes', () => {
  let sandbox: Awaited<ReturnType<typeof startSandbox>>;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let env: Record<string, string>;
  const at = (name: string) => join(folder.path, name);

  beforeAll(async () => {
    [sandbox, folder] = await Promise.all([
      startSandbox({ token_delay: TOKEN_DELAY }),
      temporaryFolder(),
    ]);
    await Promise.all([mkdir(at('bin')), mkdir(at('.config'))]);
    await writeFile(at('bin/qwen-demo'), `#!/bin/sh\nexec "${process.execPath}" "${MAIN}" "$@"\n`);
    await writeFile(at('deploy.sh'), '#!/bin/sh\necho deployed > deployed.txt\n');
    await Promise.all([chmod(at('bin/qwen-demo'), 0o755), chmod(at('deploy.sh'), 0o755)]);
    await writeFile(at('.config/models.env'), `export PATH=${at('bin')}:$PATH\n`);
    const [, known = ''] = /^```json\n(.*?)^```/ms.exec(page) ?? [];
    await writeFile(at('known-failures.json'), known);
    env = {
      PATH: `${at('bin')}:/usr/bin:/bin`,
      HOME: folder.path,
      GITHUB_STEP_SUMMARY: at('summary.md'),
      ...sandbox.environment('key'),
    };
  });

  afterAll(async () => {
    await sandbox.close();
    await folder[Symbol.asyncDispose]();
  });

  const shell = (command: string) =>
    new Promise<{ code: number; output: string }>((resolve) => {
      execFile('/bin/sh', ['-c', command], { cwd: folder.path, env }, (error, stdout, stderr) => {
        resolve({ code: Number(error?.code ?? 0), output: stdout + stderr });
      });
    });

  it('are all found on the page', () => {
    expect([...new Set(commands.map(({ recipe }) => recipe))]).toEqual([
      'List the models that you depend on',
      'GitHub Actions',
      'GitLab CI',
      'Fail only for regressions',
      'Many models on several machines',
      'A gate before a deployment',
      'A line for cron',
      'A local Ollama',
      'Process the report with other programs',
    ]);
  });

  // In the order of the page: what one recipe writes, the next one reads.
  it.each(commands)('$recipe: $command', async ({ command }) => {
    const { code, output } = await shell(command);
    expect(code, output).toBe(0);
    if (command.includes('--update-baseline')) {
      await setBaselineLatency(at('baseline.json'), ONE_MINUTE);
    }
  });

  it('write the files that the page promises', async () => {
    const read = (name: string) => readFile(at(name), 'utf8');
    expect(await read('summary.md')).toMatch(/^## Models: 4 of 4 models passed\n/);
    expect(await read('report/models.html')).toMatch(/^<!doctype html>/);
    expect(await read('report/models.xml')).toMatch(/^<\?xml/);
    expect(Object.keys(JSON.parse(await read('baseline.json')).models)).toHaveLength(4);
    expect(await read('deployed.txt')).toBe('deployed\n');
    expect(await read('models.log')).toContain('qwen3-coder-plus');
    expect(JSON.parse(await read('models-report.json'))).toMatchObject({ version: 1 });
  });
});
