import { spawnSync } from 'node:child_process';
import { readSync } from 'node:fs';
import type { ReadStream } from 'node:tty';
import { type IPty, spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { HANG_LIMIT, MAIN } from './program.ts';

/** Starts its arguments on a terminal that does not know its size. */
const WITHOUT_SIZE = 'stty cols 0 rows 0 && exec "$0" "$@"';
/** Milliseconds in which a busy machine reads what a program wrote last. */
const LAST_READ = 10_000;

/** The built program on a pseudo-terminal, with a terminal emulator that shows what a user sees. */
export interface OnTerminal {
  /** Resolves to the first match in the raw bytes that came so far or will. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  type(text: string): void;
  /** 0 by 0 is a terminal that does not know its size. */
  resize(columns: number, rows: number): void;
  /** All that was written, escape sequences included. */
  raw(): string;
  /** The lines on the screen and above it, without trailing blanks. */
  screen(): Promise<string[]>;
  terminal: xterm.Terminal;
  /** The process id of the program. */
  pid: number;
  exit: Promise<number>;
}

export interface TerminalOptions {
  env: Record<string, string | undefined>;
  cwd?: string;
  /** 0 columns by 0 rows is a terminal that does not know its size. */
  columns?: number;
  rows?: number;
  /** Started in place of the program, with its arguments. */
  command?: string;
}

export function onTerminal(args: string[], options: TerminalOptions): OnTerminal {
  const { env, cwd, columns = 80, rows = 24, command } = options;
  const [file, before] = command === undefined ? [process.execPath, [MAIN]] : [command, []];
  const line = [file, ...before, ...args];
  // node-pty refuses a size of 0, so that stty sets it before the program starts.
  const [first = '', ...others] = columns > 0 ? line : ['sh', '-c', WITHOUT_SIZE, ...line];
  const pty = spawn(first, others, {
    name: 'xterm-256color',
    cols: columns || 80,
    rows: rows || 24,
    cwd: cwd ?? process.cwd(),
    env: { PATH: process.env.PATH, TERM: 'xterm-256color', ...env },
  });
  const terminal = new xterm.Terminal({
    cols: columns || 80,
    rows: rows || 24,
    scrollback: 10_000,
    allowProposedApi: true,
  });
  let raw = '';
  const listeners = new Set<() => void>();
  const receive = (data: string) => {
    raw += data;
    terminal.write(data);
    for (const listener of listeners) listener();
  };
  pty.onData(receive);
  keepReading(pty, receive);
  const limit = setTimeout(() => pty.kill('SIGKILL'), HANG_LIMIT);
  const exit = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      clearTimeout(limit);
      resolve(signal ? 128 + signal : exitCode);
    });
  });
  return {
    seen: (pattern) => firstMatch(pattern, () => raw, listeners, exit),
    type: (text) => pty.write(text),
    resize(newColumns, newRows) {
      if (newColumns > 0) pty.resize(newColumns, newRows);
      else forgetSize(pty);
      terminal.resize(newColumns || 80, newRows || 24);
    },
    raw: () => raw,
    async screen() {
      await new Promise<void>((resolve) => terminal.write('', resolve));
      return linesOf(terminal);
    },
    terminal,
    pid: pty.pid,
    exit,
  };
}

/**
 * Delivers what a program wrote last. Two things would drop it on a busy machine: node-pty closes the
 * terminal 200 ms after the program has ended; and libuv takes a read of less than it asked for, with
 * the other side closed, for the end, although a pseudo-terminal gives at most 4,095 bytes a read.
 */
function keepReading(pty: IPty, onData: (data: string) => void): void {
  const { _socket: socket, fd } = pty as unknown as { _socket: ReadStream; fd: number };
  const destroy = socket.destroy.bind(socket);
  socket.destroy = (error) => {
    if (error) return destroy(error);
    setTimeout(destroy, LAST_READ).unref();
    return socket;
  };
  socket.once('end', () => {
    onData(readRest(fd));
    destroy();
  });
}

function readRest(fd: number): string {
  const pieces: Buffer[] = [];
  const buffer = Buffer.alloc(4096);
  try {
    for (let size = 1; size > 0;) {
      size = readSync(fd, buffer);
      pieces.push(Buffer.from(buffer.subarray(0, size)));
    }
  } catch {
    // EIO: the other side is closed and everything was read.
  }
  return Buffer.concat(pieces).toString();
}

function forgetSize(pty: object): void {
  const { ptsName } = pty as { ptsName: string };
  const { status } = spawnSync('stty', ['-F', ptsName, 'cols', '0', 'rows', '0']);
  if (status !== 0) throw new Error(`stty cannot change ${ptsName}`);
}

function firstMatch(
  pattern: RegExp,
  text: () => string,
  listeners: Set<() => void>,
  exit: Promise<number>,
): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const match = pattern.exec(text());
      if (match === null) return false;
      listeners.delete(look);
      resolve(match);
      return true;
    };
    listeners.add(look);
    look();
    void exit.then(() => {
      if (!look()) reject(new Error(`${pattern} was never shown: ${JSON.stringify(text())}`));
    });
  });
}

function linesOf({ buffer }: xterm.Terminal): string[] {
  const { active } = buffer;
  const lines = Array.from({ length: active.length }, (_, row) => {
    return active.getLine(row)?.translateToString(true) ?? '';
  });
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
