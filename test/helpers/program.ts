import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The built program. */
export const MAIN = fileURLToPath(new URL('../../dist/main.cjs', import.meta.url));
/** All homes share the compiled code of the program: a fifth of the time of the tests that run it. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));
mkdirSync(CACHE, { recursive: true });
/** Milliseconds after which a program that hangs is ended, so that the test fails and not the run. */
export const HANG_LIMIT = 50_000;

export interface Result {
  /** The exit code, or the name of the signal. */
  code: number | string;
  stdout: string;
  stderr: string;
}

export interface Running {
  child: ChildProcessWithoutNullStreams;
  result: Promise<Result>;
  /** Resolves to the first match in what was printed so far or will be. Rejects at the end. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
}

/** A folder of its own as HOME, and the built program run in it as a child process. */
export interface Home extends AsyncDisposable {
  path: string;
  credentials: string;
  start(args: string[], options?: RunOptions): Running;
  run(args: string[], options?: RunOptions): Promise<Result>;
}

export interface RunOptions {
  env?: Record<string, string>;
  /** Standard input; without it, it is empty. `null` leaves it open and silent. */
  input?: string | Uint8Array | null;
  /** The user to run as, for tests that root runs. */
  uid?: number;
}

export async function createHome(base: Record<string, string> = {}): Promise<Home> {
  const path = await mkdtemp(join(tmpdir(), 'qwen-demo-test-'));
  const start: Home['start'] = (args, { env = {}, input = '', uid } = {}) => {
    const child = spawn(process.execPath, [MAIN, ...args], {
      cwd: path,
      env: { PATH: process.env.PATH, HOME: path, XDG_CACHE_HOME: CACHE, ...base, ...env },
      ...(uid === undefined ? {} : { uid }),
    });
    return watch(child, input);
  };
  return {
    path,
    credentials: join(path, '.config/qwen-demo/oauth_creds.json'),
    start,
    run: (args, options) => start(args, options).result,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

function watch(child: ChildProcessWithoutNullStreams, input: string | Uint8Array | null): Running {
  let [stdout, stderr] = ['', ''];
  const listeners = new Set<() => void>();
  const changed = () => listeners.forEach((listener) => listener());
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    changed();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    changed();
  });
  child.stdin.on('error', () => {});
  if (input !== null) child.stdin.end(input);
  const limit = setTimeout(() => child.kill('SIGKILL'), HANG_LIMIT);
  const result = new Promise<Result>((resolve) => {
    child.once('close', (code, signal) => {
      clearTimeout(limit);
      resolve({ code: code ?? signal ?? '', stdout, stderr });
    });
  });
  return {
    child,
    result,
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(stdout) ?? pattern.exec(stderr);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        void result.then((end) => {
          reject(new Error(`${pattern} was never printed: ${JSON.stringify(end)}`));
        });
      }),
  };
}
