import process from 'node:process';
import type { InputStream, OutputStream } from '../../../terminal/terminal.ts';

const PASTE_MARKED = '\u001B[?2004h';
const PASTE_PLAIN = '\u001B[?2004l';

/** What a session changes about a terminal. */
export interface TerminalModes {
  /** Has the terminal mark what is pasted, or not. */
  markPastes(on: boolean): void;
  /** Every key comes as it is struck, Ctrl-C too, and nothing is echoed. */
  raw(on: boolean): void;
  /** Gives the terminal back as it was. */
  restore(): void;
}

/** Whatever ends the process, short of SIGKILL, gives the terminal back: a crash does so as well. */
export function takeTerminal(stdin: InputStream, stdout: OutputStream): TerminalModes {
  let marked = false;
  let isRaw = false;

  function markPastes(on: boolean): void {
    if (on === marked) return;
    marked = on;
    if (!stdout.destroyed) stdout.write(on ? PASTE_MARKED : PASTE_PLAIN);
  }

  function raw(on: boolean): void {
    if (on === isRaw) return;
    isRaw = on;
    if (!stdin.destroyed) stdin.setRawMode?.(on);
  }

  function giveBack(): void {
    markPastes(false);
    raw(false);
  }

  process.once('exit', giveBack);
  return {
    markPastes,
    raw,
    restore() {
      giveBack();
      process.off('exit', giveBack);
    },
  };
}
