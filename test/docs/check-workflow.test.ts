import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createRunner, type Runner } from '../helpers/runner.ts';

interface Workflow {
  jobs: Record<string, { steps: { id?: string; run?: string }[] }>;
}

const path = new URL('../../.github/workflows/check.yml', import.meta.url);
const { jobs } = parse(await readFile(path, 'utf8')) as Workflow;

let runner: Runner;
beforeAll(async () => {
  runner = await createRunner();
});
afterAll(() => runner[Symbol.asyncDispose]());

describe('the step of the check that starts the sandbox', () => {
  const start = { run: '', ...jobs.action?.steps.find(({ id }) => id === 'sandbox') };

  async function runStart(name: string, main: string) {
    await runner.putCommand('npm', 'exit 0');
    await runner.putCommand('node', `exec "${process.execPath}" "$@"`);
    await mkdir(runner.at(`${name}/dist`), { recursive: true });
    await writeFile(runner.at(`${name}/dist/main.cjs`), main);
    return runner.run(name, start, {});
  }

  test('gives its key to the next step', async () => {
    const main = `console.log("# export OPENAI_API_KEY='sk-1'"); setTimeout(() => {}, 500);`;
    const { code, outputs } = await runStart('starts', main);
    expect({ code, outputs }).toEqual({ code: 0, outputs: { key: 'sk-1' } });
  });

  test('fails with what a sandbox says that does not start', async () => {
    const { code, stderr } = await runStart('ends', `throw new Error('port 4455 is taken')`);
    expect(code).toBe(1);
    expect(stderr).toContain('port 4455 is taken');
  });
});
