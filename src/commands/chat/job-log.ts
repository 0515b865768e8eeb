import { readFileSync, readlinkSync } from 'node:fs';

/**
 * Whether the runner of GitHub Actions reads the standard output of this process. It does not where a
 * script takes it: `answer=$(qwen-demo ...)`, `| jq`, `> file`. The runner sets GITHUB_ACTIONS for the
 * first process of a step, and its outputs are the log. True where that cannot be found out: elsewhere
 * than on Linux, or without /proc.
 */
export function isJobLog(pid: number): boolean {
  try {
    const own = readlinkSync(`/proc/${pid}/fd/1`);
    const step = firstOfStep(String(pid));
    return ['1', '2'].some((descriptor) => own === readlinkSync(`/proc/${step}/fd/${descriptor}`));
  } catch {
    return true;
  }
}

/** The ancestor that was started with GITHUB_ACTIONS by a process without it. */
function firstOfStep(pid: string): string {
  const parent = /^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return parent !== '0' && isInStep(parent) ? firstOfStep(parent) : pid;
}

function isInStep(pid: string): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
    return environment.some((variable) => variable.startsWith('GITHUB_ACTIONS='));
  } catch {
    return false;
  }
}
