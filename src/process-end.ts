/**
 * How the process ends after a signal. The first signal aborts the requests and reads in flight, and
 * the program ends in order. A second signal, or {@link HARD_END_MS} after the first, ends the process
 * at once. Only `hold` defers that.
 */
import { writeSync } from 'node:fs';
import { EXIT_CODES, SIGNAL_CODES } from './cli.ts';
import { Interrupted, QwenDemoError } from './core/errors.ts';
import { redact } from './core/redaction.ts';
import type { PassSignals } from './commands/context.ts';
import type { HoldEnd } from './core/ports.ts';

/** Milliseconds from the first signal to the hard end: less than 2 s in all on a busy machine. */
const HARD_END_MS = 1500;
/**
 * Milliseconds after the first signal in which another SIGINT or SIGTERM does not count as a second
 * one. The terminal sends Ctrl-C to the program and to npm or npx, which send it to the program again.
 */
const DUPLICATE_MS = 100;
/**
 * Milliseconds to wait for SIGHUP after the terminal has closed. Reads and writes fail about 20 ms
 * before the kernel sends it, on a busy machine.
 */
const HANGUP_WAIT_MS = 100;

const SHOW_CURSOR = '\u001B[?25h';

type EndSignal = keyof typeof SIGNAL_CODES;

export interface ProcessEnd {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal;
  /** The reader of an output has closed it. The effect is that of SIGPIPE. */
  outputClosed(): void;
  /** The terminal does not exist any more. The effect is that of SIGHUP if it comes, else of SIGPIPE. */
  terminalLost(): void;
  /**
   * Aborts `signal` with this error: the program ends in order, and reports it. What has not ended after
   * {@link HARD_END_MS}, or has ended already, is ended here, with the message alone.
   */
  fail(error: Error): void;
  readonly hold: HoldEnd;
  /** See {@link PassSignals}. */
  readonly pass: PassSignals;
  /** Ends the process in order, with this code unless a signal came. */
  finish(code: number): void;
}

export function createProcessEnd(): ProcessEnd {
  const controller = new AbortController();
  const holds = new Set<(again: boolean) => void>();
  let first: number | undefined;
  let cause: EndSignal | undefined;
  let finished = false;
  let hardEnd: NodeJS.Timeout | undefined;
  let hangupTimer: NodeJS.Timeout | undefined;
  let failure: Error | undefined;
  let receiver: Parameters<PassSignals>[0] | undefined;

  function interrupt(name: EndSignal): void {
    if (receiver !== undefined) {
      if (name !== 'SIGPIPE') receiver(name);
      return;
    }
    const now = performance.now();
    if (first === undefined) {
      first = now;
      cause = name;
      controller.abort(new Interrupted(name));
      for (const onWait of holds) onWait(false);
      allowGrace();
    } else if (isAnother(name, now - first)) {
      if (holds.size === 0) endHard(name);
      for (const onWait of holds) onWait(true);
    }
    if (finished) endInOrder(cause ?? name);
  }

  /**
   * SIGHUP and SIGPIPE never count as a second signal: a shell sends SIGHUP after the kernel has sent
   * it, and a lost terminal closes the output.
   */
  function isAnother(name: EndSignal, since: number): boolean {
    return (name === 'SIGINT' || name === 'SIGTERM') && since > DUPLICATE_MS;
  }

  function allowGrace(): void {
    clearTimeout(hardEnd);
    hardEnd = setTimeout(
      () => {
        if (holds.size > 0) return;
        if (cause === undefined && failure !== undefined) endFailed(failure);
        else endHard(cause);
      },
      finished ? 0 : HARD_END_MS,
    );
  }

  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt);

  return {
    signal: controller.signal,
    outputClosed: () => interrupt('SIGPIPE'),
    terminalLost() {
      hangupTimer ??= setTimeout(() => {
        // A signal that came while the process was busy is handled first.
        setImmediate(() => {
          hangupTimer = undefined;
          interrupt('SIGPIPE');
        });
      }, HANGUP_WAIT_MS);
    },
    fail(error) {
      // A signal ends the program already.
      if (cause !== undefined) return;
      failure ??= error;
      controller.abort(error);
      allowGrace();
    },
    hold(limit, onWait) {
      const wait = (again: boolean) => onWait?.(again);
      const timer = setTimeout(release, limit).unref();
      holds.add(wait);
      if (first !== undefined) wait(false);
      function release(): void {
        clearTimeout(timer);
        const isEnding = first !== undefined || failure !== undefined;
        if (holds.delete(wait) && holds.size === 0 && isEnding) allowGrace();
      }
      return release;
    },
    pass(to) {
      receiver = to;
      return () => (receiver = undefined);
    },
    finish(code) {
      finished = true;
      // A file operation counts as active until its callback has run.
      if (cause !== undefined) setImmediate(endInOrder, cause);
      // The prompt saw end of input because the terminal closed. Wait for SIGHUP or the timer.
      else if (hangupTimer !== undefined) return;
      // Unread output would keep the process alive, so exit now.
      else if (controller.signal.aborted) process.exit(code);
      else if (code !== 0) process.exitCode = code;
    },
  };
}

/** Reports an error that the program could not report, in one line, and ends the process. */
function endFailed(error: Error): void {
  try {
    writeSync(2, `error: ${redact(error.message).replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ')}\n`);
  } finally {
    process.exit(EXIT_CODES[error instanceof QwenDemoError ? error.kind : 'unexpected']);
  }
}

/**
 * `process.exit` waits for the threads of libuv's pool. It hangs while one of them is blocked: in
 * open(2) of a FIFO without a peer, or in getaddrinfo. Measured on Node 20, 22, 24 and 26.
 */
function endInOrder(name: EndSignal): void {
  const isPooled = (resource: string) => /^(FSReq|Get(Addr|Name)Info)/i.test(resource);
  if (process.getActiveResourcesInfo().some(isPooled)) endHard(name);
  else process.exit(SIGNAL_CODES[name]);
}

/**
 * Ends the process by the default action of the signal, which cannot be delayed. The listeners of
 * `exit` restore the terminal, as at an end in order. Locks that remain are stale: their owner is dead.
 */
function endHard(name: EndSignal = 'SIGTERM'): void {
  try {
    process.emit('exit', SIGNAL_CODES[name]);
    // A live table may have hidden the cursor. The sequence has no effect on a visible one.
    const terminal = [process.stderr, process.stdout].find((stream) => stream.isTTY);
    if (process.env.TERM !== 'dumb') terminal?.write(SHOW_CURSOR);
  } finally {
    // Without listeners a signal has its default action again. Node ignores SIGPIPE until a listener
    // was added and removed.
    process.on(name, endHard);
    process.removeAllListeners(name);
    process.kill(process.pid, name);
  }
}
