import { type ChildProcessByStdio, spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Bundles `credentials-child.ts` into `folder` once, because a hundred processes have to start quickly. */
export async function bundleChild(folder: string): Promise<string> {
  const outfile = join(folder, 'child.mjs');
  await build({
    entryPoints: [fileURLToPath(new URL('credentials-child.ts', import.meta.url))],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['undici', '@napi-rs/keyring'],
  });
  return outfile;
}

export interface Outcome {
  result?: { access_token: string; refresh_token: string };
  error?: { kind: string; code: string; message: string; hint: string };
  notice?: string;
  holding?: number;
  /** Milliseconds from the job to the outcome. */
  ms?: number;
}

export interface Child {
  process: ChildProcessByStdio<Writable, Readable, null>;
  /** Resolves to the next message of the child, undefined after its end. */
  next(): Promise<Outcome | undefined>;
  /** Sends a job to the child. */
  tell(job: string): void;
  /** Ends the child after its jobs. */
  end(): void;
}

/** Starts a child and waits until it is ready for its jobs. */
export async function startChild(
  program: string,
  args: string[],
  options: SpawnOptions = {},
  node = process.execPath,
): Promise<Child> {
  // Node reads that bundle at every start, and no child needs it.
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const child = spawn(node, [program, ...args], {
    env,
    ...options,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await lines.next();
    return done ? undefined : (JSON.parse(value) as Outcome);
  };
  await next();
  return {
    process: child,
    next,
    tell: (job) => child.stdin.write(`${job}\n`),
    end: () => child.stdin.end(),
  };
}

export async function kill(child: Child): Promise<void> {
  const gone = once(child.process, 'exit');
  if (child.process.exitCode === null && child.process.kill('SIGKILL')) await gone;
}
