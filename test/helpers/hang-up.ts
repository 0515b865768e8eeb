import { spawn } from 'node:child_process';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ReadStream, WriteStream } from 'node:tty';
import * as nodePty from '@lydell/node-pty';
import { HANG_LIMIT, MAIN } from './program.ts';

/** Milliseconds between two looks at whether the terminal is full. */
const POLL = 5;

/** What `openpty` of node-pty gives: its declarations leave it out. */
interface OpenPty {
  _master: ReadStream & WriteStream;
  _slave: ReadStream;
  /** The descriptor of the master. */
  _fd: number;
  /** `/dev/pts/N` */
  _pty: string;
}
const { open } = nodePty as unknown as {
  open: (size: { cols: number; rows: number }) => OpenPty;
};

export interface HangUpOptions {
  env: Record<string, string | undefined>;
  cwd: string;
  /** Whether the terminal is the controlling one: then SIGHUP comes when it goes away. */
  controlling: boolean;
  /** Another Node than the one that runs the tests. */
  node?: string;
}

/** The built program on a pseudo-terminal that a test takes away. */
export interface OnLosableTerminal {
  pid: number;
  /** Resolves when what was shown so far or will be matches. */
  seen(pattern: RegExp): Promise<void>;
  type(text: string): void;
  /** Stops reading what the program writes. Resolves when the terminal takes no more output. */
  stall(): Promise<void>;
  /** Takes the terminal away. Resolves to the code or signal and the milliseconds until the end. */
  hangUp(): Promise<{ code: number | string; ms: number }>;
  /** Resolves to the exit code, or to the name of the signal. */
  exit: Promise<number | string>;
}

export function onLosableTerminal(args: string[], options: HangUpOptions): OnLosableTerminal {
  const { env, cwd, controlling, node = process.execPath } = options;
  const { _master: master, _slave: slave, _pty: path, _fd } = open({ cols: 80, rows: 24 });
  const fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY);
  slave.destroy();
  // The child inherits the master, which would keep the terminal alive. It leads a session of its own,
  // and util-linux's setsid can make the terminal the controlling one of it.
  const close = `exec ${_fd}>&-; exec "$@"`;
  const setsid = ['setsid', ...(controlling ? ['--ctty'] : [])];
  const child = spawn('bash', ['-c', close, 'bash', ...setsid, node, MAIN, ...args], {
    cwd,
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
    stdio: [fd, fd, fd],
  });
  closeSync(fd);
  let raw = '';
  const listeners = new Set<() => void>();
  master.on('error', () => {});
  master.on('data', (text: string) => {
    raw += text;
    for (const listener of listeners) listener();
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), HANG_LIMIT);
  const exit = new Promise<number | string>((resolve) => {
    child.once('exit', (code, signal) => {
      clearTimeout(limit);
      master.destroy();
      resolve(code ?? signal ?? '');
    });
  });
  return {
    pid: child.pid ?? 0,
    exit,
    type: (text) => void master.write(text),
    async stall() {
      master.pause();
      const fd = openSync(path, constants.O_WRONLY | constants.O_NOCTTY | constants.O_NONBLOCK);
      try {
        while (takesOutput(fd)) await sleep(POLL);
      } finally {
        closeSync(fd);
      }
    },
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (pattern.test(raw)) resolve();
        };
        listeners.add(look);
        look();
        void exit.then(() => reject(new Error(`${pattern} was never shown: ${raw}`)));
      }),
    async hangUp() {
      const start = performance.now();
      master.destroy();
      const code = await exit;
      return { code, ms: performance.now() - start };
    },
  };
}

/** Writes one NUL, which a terminal does not show. */
function takesOutput(fd: number): boolean {
  try {
    return writeSync(fd, '\0') === 1;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return false;
    throw error;
  }
}
