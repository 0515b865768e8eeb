import process from 'node:process';
import { emitKeypressEvents, type Key } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import type { InputStream, OutputStream } from '../../../terminal/terminal.ts';

/** One key or one paste. */
export type UserInput =
  | { kind: 'key'; text: string | undefined; key: Key }
  | { kind: 'paste'; text: string };

const CTRL_C = '\u0003';

export interface Keyboard {
  /** Resolves when all that was typed before the first prompt is read. Several lines of it are not sent. */
  readAhead(): Promise<void>;
  /** Passes input to `listener`, waiting input first, until the listener returns false. */
  setListener(listener: (input: UserInput) => boolean): void;
  /** Sets what Ctrl-C does without a listener: it also drops all waiting input. */
  onInterrupt(interrupt: (() => void) | undefined): void;
  /** Stops reading for a time: the keys go to another program. */
  pause(): void;
  resume(): void;
  /** Stops reading standard input. */
  close(): void;
}

/**
 * Reads keys from standard input. Without a listener they wait, so that keys typed during an answer
 * are neither lost nor shown in the answer. Node reports keys and the marks around a paste.
 * `onEnd` is called at the end of standard input.
 */
export function openKeyboard(stdin: InputStream, onEnd: () => void): Keyboard {
  let listener: ((input: UserInput) => boolean) | undefined;
  let interrupt: (() => void) | undefined;
  let waiting: UserInput[] = [];
  let pasted: string[] | undefined;
  let prompted = false;

  /** Whether the keys of the bytes that arrived last are delivered already, as a paste. */
  let taken = false;

  /** Called before Node makes keys of the bytes. */
  function onData(data: unknown): void {
    const text = pasted === undefined ? unmarkedPaste(String(data)) : undefined;
    taken = text !== undefined;
    if (text === undefined) return;
    // Before the first prompt these may be several questions: the user looks at them and presses Enter.
    const complete = prompted && /[\r\n]$/.test(text);
    deliver({ kind: 'paste', text });
    if (complete) deliver({ kind: 'key', text: '\r', key: { sequence: '\r', name: 'return' } });
  }

  function onKeypress(text: string | undefined, key: Key): void {
    if (taken) return;
    // The mark at the end of a paste can be missing. No terminal pastes a Ctrl-C.
    if (key.sequence === CTRL_C) pasted = undefined;
    if (key.name === 'paste-start') pasted = [];
    else if (key.name === 'paste-end') {
      if (pasted) deliver({ kind: 'paste', text: pasted.join('') });
      pasted = undefined;
    } else if (pasted) pasted.push(key.sequence ?? text ?? '');
    else deliver({ kind: 'key', text, key });
  }

  function deliver(input: UserInput): void {
    if (listener) {
      if (!listener(input)) listener = undefined;
    } else if (interrupt && isControl(input, 'c')) {
      waiting = [];
      interrupt();
    } else waiting.push(input);
  }

  stdin.on('data', onData);
  emitKeypressEvents(stdin);
  stdin.on('keypress', onKeypress);
  for (const event of ['end', 'error', 'close']) stdin.on(event, onEnd);
  stdin.resume();

  return {
    async readAhead() {
      // Node looks at standard input between the two.
      await setImmediate();
      await setImmediate();
      prompted = true;
    },
    setListener(next) {
      listener = next;
      const inputs = waiting;
      waiting = [];
      inputs.forEach(deliver);
    },
    onInterrupt(next) {
      interrupt = next;
    },
    pause: () => void stdin.pause(),
    resume: () => void stdin.resume(),
    close() {
      listener = undefined;
      stdin.off('data', onData);
      stdin.off('keypress', onKeypress);
      for (const event of ['end', 'close']) stdin.off(event, onEnd);
      stdin.pause();
    },
  };
}

/**
 * The text of a read that can only be a paste of a terminal which does not mark pastes: a line break
 * with more text behind it. Nobody types so fast. Slash commands, lines that
 * all end with a backslash, and keys that are no text have their own meaning.
 */
function unmarkedPaste(read: string): string | undefined {
  const isText = !/[\0-\u0008\u000B\u000C\u000E-\u001F\u007F\uFFFD]/.test(read);
  const severalLines = /[^\r\n][\r\n]+[^\r\n]/.test(read);
  const before = read
    .trimEnd()
    .split(/[\r\n]+/)
    .slice(0, -1);
  const continued = before.every((line) => line.endsWith('\\'));
  const commands = /^\/[a-z]+(\s|$)/i.test(read);
  return isText && severalLines && !continued && !commands ? read : undefined;
}

/** Whether the input is Ctrl and the key of this name. */
export function isControl(input: UserInput, name: string): boolean {
  return input.kind === 'key' && input.key.ctrl === true && input.key.name === name;
}

export function isAltEnter(input: UserInput): boolean {
  if (input.kind !== 'key') return false;
  const { key } = input;
  return key.meta === true && (key.name === 'return' || key.name === 'enter');
}

const BRACKETED_PASTE_ON = '\u001B[?2004h';
const BRACKETED_PASTE_OFF = '\u001B[?2004l';

/** The modes of the terminal that a REPL changes. */
export interface TerminalModes {
  /** Sets whether the terminal marks the beginning and the end of a paste. */
  bracketPastes(on: boolean): void;
  /** Sets raw mode: each key arrives at once, Ctrl-C too, and is not echoed. */
  setRaw(on: boolean): void;
  /** Restores the terminal. */
  restore(): void;
}

/** The end of the process restores the terminal, also after a crash, but not after SIGKILL. */
export function openTerminalModes(stdin: InputStream, stdout: OutputStream): TerminalModes {
  let isBracketing = false;
  let isRaw = false;

  function bracketPastes(on: boolean): void {
    if (on === isBracketing) return;
    isBracketing = on;
    if (!stdout.destroyed) stdout.write(on ? BRACKETED_PASTE_ON : BRACKETED_PASTE_OFF);
  }

  function setRaw(on: boolean): void {
    if (on === isRaw) return;
    isRaw = on;
    if (!stdin.destroyed) stdin.setRawMode?.(on);
  }

  function reset(): void {
    bracketPastes(false);
    setRaw(false);
  }

  process.once('exit', reset);
  return {
    bracketPastes,
    setRaw,
    restore() {
      reset();
      process.off('exit', reset);
    },
  };
}
