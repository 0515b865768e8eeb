import { mkdtemp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { run } from '../../src/cli.ts';
import type { Context } from '../../src/commands/context.ts';
import { FakeClock } from './fake-clock.ts';
import { loopback } from './loopback.ts';
import { HANG_LIMIT } from './program.ts';

/** Lets the network have its turn: a countdown over a year would otherwise keep it waiting. */
class YieldingClock extends FakeClock {
  override async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    await super.sleep(ms, signal);
  }
}

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** A home, a scripted server, and commands that run inside this process. */
export interface InProcessHome extends AsyncDisposable {
  home: string;
  url: string;
  /** What answers from now on. */
  answer(listener: RequestListener): void;
  put(file: string, text: string): Promise<void>;
  /** The text of a file in the home. */
  read(file: string): Promise<string>;
  /** Deletes everything in the home and puts these files there. */
  furnish(files: readonly (readonly [file: string, text: string])[]): Promise<void>;
  run(args: readonly string[], env?: Record<string, string>, stdin?: string): Promise<Outcome>;
  context(env?: Record<string, string>): Context;
}

/** @param limit milliseconds after which a command counts as hanging */
export async function createInProcessHome(limit = HANG_LIMIT): Promise<InProcessHome> {
  const home = await mkdtemp(join(tmpdir(), 'qwen-demo-odd-'));
  let listener: RequestListener = (_, response) => void response.writeHead(404).end();
  const server = await loopback((request, response) => listener(request, response));
  // An odd value may name another host: everything beyond loopback ends at this proxy.
  const proxy = await loopback((_, response) => void response.writeHead(403).end());
  proxy.server.on('connect', (_, socket) => void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
  const outputs = new Map<Context, () => { stdout: string; stderr: string }>();

  function context(
    env: Record<string, string> = {},
    controller = new AbortController(),
    stdin = '',
  ): Context {
    const [stdout, stderr] = [capture(), capture()];
    const all = {
      HOME: home,
      QWEN_DEMO_HOME: home,
      HTTP_PROXY: proxy.url,
      HTTPS_PROXY: proxy.url,
      QWEN_DEMO_MAX_RETRIES: '1',
      ...env,
    };
    const made: Context = {
      argv: [],
      env: all,
      terminal: {
        stdin: Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
        stdout: stdout.stream,
        stderr: stderr.stream,
        env: all,
      },
      clock: new YieldingClock(),
      random: {
        bytes: (size) => crypto.getRandomValues(new Uint8Array(size)),
        uuid: () => crypto.randomUUID(),
        uniform: () => Math.random(),
      },
      signal: controller.signal,
      holdEnd: () => () => {},
      passSignals: () => () => {},
      version: '0.0.0',
      program: ['node', 'main.cjs'],
      platform: { os: 'linux', arch: 'x64' },
      self: process,
      exitWith: () => {},
    };
    outputs.set(made, () => ({ stdout: stdout.text(), stderr: stderr.text() }));
    return made;
  }

  async function put(file: string, text: string): Promise<void> {
    await mkdir(dirname(join(home, file)), { recursive: true, mode: 0o700 });
    await writeFile(join(home, file), text, { mode: 0o600 });
  }

  return {
    home,
    url: server.url,
    context,
    answer: (next) => {
      listener = next;
    },
    put,
    read: (file) => readFile(join(home, file), 'utf8'),
    async furnish(files) {
      for (const name of await readdir(home)) await rm(join(home, name), { recursive: true });
      for (const [file, text] of files) await put(file, text);
    },
    async run(args, env, stdin) {
      const controller = new AbortController();
      const made = context(env, controller, stdin);
      let timer: NodeJS.Timeout | undefined;
      const hangs = new Promise<never>((_, reject) => {
        timer = setTimeout(() => {
          controller.abort(new Error('It hangs'));
          reject(new Error(`${args.join(' ')} hangs`));
        }, limit);
      });
      try {
        const code = await Promise.race([run(args, made), hangs]);
        return { code, ...(outputs.get(made)?.() ?? { stdout: '', stderr: '' }) };
      } finally {
        clearTimeout(timer);
        outputs.delete(made);
      }
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
      await rm(home, { recursive: true, force: true });
    },
  };
}

function capture() {
  const parts: Buffer[] = [];
  const stream = new PassThrough();
  stream.on('data', (part: Buffer) => parts.push(part));
  return { stream, text: () => Buffer.concat(parts).toString('utf8') };
}
