/** The three standard streams, and how a closed pipe, a lost and a stalled terminal are detected. */
import {
  closeSync,
  constants,
  fstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  statSync,
} from 'node:fs';
import { devNull } from 'node:os';
import { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import type { InputStream, Terminal } from './terminal/terminal.ts';

/** Milliseconds between two checks whether the terminal still exists. */
const CHECK_INTERVAL_MS = 1000;

export interface StreamEvents {
  /** The reader of stdout has closed it (EPIPE). */
  onClosed: () => void;
  /** A stream was a terminal that does not exist any more. */
  onTerminalLost: () => void;
  /** stdout cannot be written, because the disk is full under a redirection, for example. */
  onUnwritable: (error: Error) => void;
}

export function openStandardStreams(events: StreamEvents): Terminal {
  // Before Node opens the stream.
  if (wasClosed(1)) makeUnwritable(1);
  const { onClosed, onTerminalLost, onUnwritable } = events;
  const stdout = openedOrNull(1, () => process.stdout);
  const stderr = openedOrNull(2, () => process.stderr);
  const terminals = [0, 1, 2].filter((fd) => isatty(fd) || wasTerminal(fd));
  const outputs = terminals.filter((fd) => fd !== 0);
  let stdin: InputStream | undefined;

  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (isLost(1, error)) onTerminalLost();
    else if (error.code === 'EPIPE') onClosed();
    else onUnwritable(error);
  });
  // Any other failure of stderr cannot be reported.
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (isLost(2, error)) onTerminalLost();
  });

  if (outputs.length > 0) {
    neverBlock(stdout);
    neverBlock(stderr);
    // Without a controlling terminal the kernel sends no SIGHUP, and without a write there is no error.
    const checkTerminals = () => {
      if (outputs.some((fd) => isLost(fd))) onTerminalLost();
    };
    setInterval(checkTerminals, CHECK_INTERVAL_MS).unref();
  }

  process.on('exit', () => {
    if (stdin?.isRaw === true) stdin.setRawMode?.(false);
    // After this, Node 20 restores the mode of each terminal, and aborts if that fails.
    terminals.filter((fd) => isLost(fd)).forEach(replaceByNullDevice);
  });

  /**
   * On Linux, from the moment at which the other side of a pseudo-terminal is closed, whether or not
   * it is the controlling one, a write fails with EIO, a read with EIO or with nothing, and so does
   * the ioctl behind isatty. On macOS this was not measured.
   */
  function isLost(fd: number, error?: NodeJS.ErrnoException): boolean {
    return terminals.includes(fd) && (error?.code === 'EIO' || !isatty(fd));
  }

  function openStdin(): InputStream {
    if (isNullDevice(0)) return Readable.from([]);
    const checkTerminal = (error?: Error) => {
      if (isLost(0, error)) onTerminalLost();
    };
    const opened = openedOrNull(0, () => process.stdin);
    return terminals.includes(0)
      ? opened.on('end', checkTerminal).on('error', checkTerminal)
      : opened;
  }

  /** The stream of a descriptor, or of the null device if its terminal goes away while Node opens it. */
  function openedOrNull<Stream>(fd: number, open: () => Stream): Stream {
    try {
      return open();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ERR_TTY_INIT_FAILED') throw error;
      onTerminalLost();
      replaceByNullDevice(fd);
      return open();
    }
  }

  return {
    // Opened at the first use: it takes 5 ms.
    get stdin() {
      return (stdin ??= openStdin());
    },
    stdout,
    stderr,
    env: process.env,
  };
}

/**
 * Node writes to a terminal synchronously. A terminal that accepts nothing (Ctrl-S, a stopped tmux)
 * would then block the whole process, and no signal would be handled. This applies only where libuv
 * has reopened the terminal: the file description that a shell shares with us must not change.
 */
function neverBlock(stream: NodeJS.WriteStream): void {
  const { _handle: handle } = stream as {
    _handle?: { fd?: number; setBlocking?(on: boolean): void };
  };
  if (stream.isTTY && handle?.fd !== undefined && handle.fd > 2) handle.setBlocking?.(false);
}

/** Whether a descriptor is the null device. As stdin it is empty, and Node need not open it. */
function isNullDevice(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev === statSync(devNull).rdev;
  } catch {
    return false;
  }
}

/**
 * Whether the shell closed a descriptor (`>&-`). Node then opens the null device for it, for reading
 * and writing, and an answer would be lost without an error; `> /dev/null` opens it for writing only.
 * The null device that a program gives to its child (Python's DEVNULL, Node's `ignore`) is also open
 * for both: so a shell has to be the parent, and to have another output itself. A shell that became this
 * process, as bash does for the last command of `-c`, cannot be told from such a program: there an answer to
 * `>&-` is lost, so that no answer to the null device is an error. Known on Linux only.
 */
function wasClosed(fd: number): boolean {
  if (process.platform !== 'linux' || !isNullDevice(fd)) return false;
  try {
    const flags = /^flags:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    const forBoth = (Number.parseInt(flags ?? '0', 8) & 3) === constants.O_RDWR;
    return forBoth && ofShell(fd);
  } catch {
    return false;
  }
}

/** Whether the parent has no such descriptor, or is a shell with another one than the null device. */
function ofShell(fd: number): boolean {
  const parent = `/proc/${process.ppid}`;
  const name = readFileSync(`${parent}/comm`, 'utf8').trim();
  const given = linkOf(`${parent}/fd/${fd}`);
  if (given === undefined) return linkOf(`${parent}/cwd`) !== undefined;
  return /^(ba|da|z|k|fi|a|mk)?sh$/.test(name) && given !== devNull;
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** Every write fails then, as it would without Node's device. The number stays taken. */
function makeUnwritable(fd: number): void {
  closeSync(fd);
  openSync(devNull, 'r');
}

/** Linux's device numbers of consoles, of /dev/tty and of pseudo-terminals (admin-guide/devices.txt). */
const isTerminalMajor = (major: number) =>
  major === 4 || major === 5 || (major >= 136 && major <= 143);

/** Whether a descriptor was a terminal: isatty returns false after the terminal has closed. */
function wasTerminal(fd: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && isTerminalMajor((stat.rdev >> 8) & 0xfff);
  } catch {
    return false;
  }
}

function replaceByNullDevice(fd: number): void {
  closeSync(fd);
  // `open` returns the lowest free descriptor, which is this one.
  openSync(devNull, 'r+');
}
