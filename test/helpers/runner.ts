import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from './real-world.ts';

/** Runs steps of workflows as GitHub's runner does, in a temporary folder. */
export interface Runner extends AsyncDisposable {
  /** A path in the folder. */
  at(name: string): string;
  /** Puts a command on the `PATH` of the steps. */
  putCommand(name: string, script: string): Promise<void>;
  /**
   * `bash --noprofile --norc -eo pipefail`
   * @param name of the folder that the step runs in
   */
  run(name: string, step: { run: string }, variables: Record<string, string>): Promise<StepResult>;
}

export interface StepResult {
  code: number;
  stdout: string;
  stderr: string;
  outputs: Record<string, string>;
}

export async function createRunner(): Promise<Runner> {
  const folder = await temporaryFolder();
  const at = (name: string) => join(folder.path, name);
  return {
    at,
    async putCommand(name, script) {
      await mkdir(at('bin'), { recursive: true });
      await writeFile(at(`bin/${name}`), `#!/bin/sh\n${script}\n`);
      await chmod(at(`bin/${name}`), 0o755);
    },
    async run(name, { run }, variables) {
      const args = ['--noprofile', '--norc', '-eo', 'pipefail', '-c', run];
      const env = {
        PATH: `${at('bin')}:/usr/bin:/bin`,
        HOME: folder.path,
        GITHUB_ACTIONS: 'true',
        GITHUB_JOB: 'check',
        GITHUB_OUTPUT: at(`${name}/output`),
        GITHUB_STEP_SUMMARY: at(`${name}/summary.md`),
        RUNNER_TEMP: at(name),
        ...variables,
      };
      const ended = await new Promise<Omit<StepResult, 'outputs'>>((resolve) => {
        execFile('bash', args, { cwd: at(name), env }, (error, stdout, stderr) =>
          resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
        );
      });
      const text = await readFile(at(`${name}/output`), 'utf8').catch(() => '');
      const lines = text.split('\n').filter((line) => line !== '');
      return { ...ended, outputs: Object.fromEntries(lines.map((line) => line.split('='))) };
    },
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}
