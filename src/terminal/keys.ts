/** Single keys while the program waits, and the clipboard of the terminal. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { inCi, type InputStream, type OutputStream, type Terminal } from './terminal.ts';

/** The characters with which a terminal sends a signal, except in raw mode. */
const SIGNALS = { '\u0003': 'SIGINT', '\u001A': 'SIGTSTP', '\u001C': 'SIGQUIT' } as const;
type KeySignal = (typeof SIGNALS)[keyof typeof SIGNALS];

const ESCAPE = '\u001B';

/**
 * Whether keys can be read one by one: at a terminal, outside CI, in the foreground. The kernel stops
 * a background process (`&`) that changes the mode of its terminal.
 * @param platform as `process.platform`
 */
export function canReadKeys({ stdin, stderr, env }: Terminal, platform: string): boolean {
  if (stdin.isTTY !== true || stderr.isTTY !== true || stdin.setRawMode === undefined) return false;
  return env.TERM !== 'dumb' && !inCi(env) && isForeground(platform);
}

function isForeground(platform: string): boolean {
  if (platform === 'win32') return true;
  try {
    const [group, foreground] = platform === 'linux' ? groupsOnLinux() : groupsByPs();
    return group === foreground;
  } catch {
    return false;
  }
}

/** proc(5): after the name in parentheses come state, ppid, pgrp, session, tty_nr, tpgid. */
function groupsOnLinux(): (string | undefined)[] {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return [fields[2], fields[5]];
}

function groupsByPs(): string[] {
  const args = ['-o', 'pgid=,tpgid=', '-p', String(process.pid)];
  return execFileSync('ps', args, { encoding: 'utf8', timeout: 1000 }).trim().split(/\s+/);
}

/**
 * Calls `onKey` with each key that has one character, until `end` is aborted. Ctrl-C, Ctrl-Z and
 * Ctrl-\ have their usual effect: the terminal leaves raw mode, no more keys are read, and the signal
 * goes where the terminal would send it.
 */
export function watchKeys(
  stdin: InputStream,
  end: AbortSignal,
  onKey: (key: string) => void,
  send: (signal: KeySignal) => void = signalGroup,
): void {
  if (end.aborted) return;

  function onData(data: Buffer | string): void {
    const text = data.toString();
    const signal = Object.entries(SIGNALS).find(([character]) => text.includes(character))?.[1];
    if (signal !== undefined) {
      stop();
      send(signal);
    } else if (!text.startsWith(ESCAPE)) new Set(text).forEach(onKey);
  }

  function stop(): void {
    end.removeEventListener('abort', stop);
    stdin.off('data', onData).pause();
    if (!stdin.destroyed) stdin.setRawMode?.(false);
  }

  end.addEventListener('abort', stop);
  stdin.setRawMode?.(true);
  stdin.on('data', onData).resume();
}

/** Sends a signal to the process group, as the terminal does. Windows has no groups. */
function signalGroup(signal: KeySignal): void {
  if (process.platform === 'win32') process.emit('SIGINT', 'SIGINT');
  else process.kill(0, signal);
}

/**
 * Whether the terminal may take a text for the clipboard (OSC 52). It cannot be asked; those that are
 * known not to: the Linux console, VT100 and its like, GNU screen, Apple's Terminal, and VTE (GNOME).
 */
export function canCopy(env: Terminal['env']): boolean {
  const { TERM = '', TERM_PROGRAM, VTE_VERSION, STY, WT_SESSION } = env;
  // Windows Terminal sets no TERM.
  if (WT_SESSION) return true;
  if (/^(?:$|dumb|linux|cons|vt\d)/.test(TERM)) return false;
  return TERM_PROGRAM !== 'Apple_Terminal' && !VTE_VERSION && !STY;
}

/** Puts `text` into the clipboard of the user's terminal, also over SSH (OSC 52). */
export function copy(stream: OutputStream, env: Terminal['env'], text: string): void {
  const sequence = `${ESCAPE}]52;c;${Buffer.from(text).toString('base64')}\u0007`;
  // tmux passes on only what is wrapped for it, and takes the sequence itself with `set-clipboard on`.
  const wrapped = `${ESCAPE}Ptmux;${ESCAPE}${sequence}${ESCAPE}\\`;
  stream.write(env.TMUX ? sequence + wrapped : sequence);
}
