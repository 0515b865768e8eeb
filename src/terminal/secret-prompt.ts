import { StringDecoder } from 'node:string_decoder';
import type { Terminal } from './terminal.ts';
import { wrapFor } from './wrap.ts';

/** What a person types at a hidden prompt: the text, or undefined for Ctrl-C. */
export type Secret = string | undefined;

/**
 * Asks at the terminal for something that is not shown. The terminal is as it was afterwards,
 * however it ends.
 * @throws the signal's reason
 */
export async function promptSecret(
  { stdin, stderr }: Terminal,
  question: string,
  signal: AbortSignal,
): Promise<Secret> {
  signal.throwIfAborted();
  // Characters come one by one and unechoed, and Ctrl-C is one of them. Before the question is
  // shown, since whoever reads it may begin to type.
  stdin.setRawMode?.(true);
  try {
    stderr.write(wrapFor(stderr, question));
    return await readLine(stdin, signal);
  } finally {
    stdin.setRawMode?.(false);
    stdin.pause();
    stderr.write('\n');
  }
}

function readLine(stdin: Terminal['stdin'], signal: AbortSignal): Promise<Secret> {
  const line = createLine();
  // A paste arrives in pieces that may end within a character.
  const decoder = new StringDecoder('utf8');
  return new Promise((resolve, reject) => {
    const stop = () => {
      stdin.off('data', take).off('end', end).off('error', reject);
      signal.removeEventListener('abort', abort);
    };
    const end = () => {
      stop();
      resolve(undefined);
    };
    const abort = () => {
      stop();
      reject(signal.reason as Error);
    };
    const take = (bytes: Buffer) => {
      const outcome = line.type(decoder.write(bytes));
      if (outcome === 'typing') return;
      stop();
      resolve(outcome === 'done' ? line.text() : undefined);
    };
    stdin.on('data', take).once('end', end).once('error', reject);
    signal.addEventListener('abort', abort, { once: true });
  });
}

/** Keys of arrows and the like, and what a terminal puts around a text that is pasted. */
const ESCAPE_SEQUENCE = /\u001B(?:\[[\d;?]*[ -/]*[@-~]|O.|.)?/gu;

/** A line that is being typed: understands Enter, Backspace, Ctrl-U, Ctrl-C and Ctrl-D. */
function createLine() {
  const letters: string[] = [];

  function key(letter: string): 'typing' | 'done' | 'cancelled' {
    switch (letter) {
      case '\r':
      case '\n':
      case '\u0004':
        return 'done';
      case '\u0003':
        return 'cancelled';
      case '\u007F':
      case '\b':
        letters.pop();
        return 'typing';
      case '\u0015':
        letters.length = 0;
        return 'typing';
      default:
        letters.push(letter);
        return 'typing';
    }
  }

  return {
    text: () => letters.join(''),
    /** What follows the end of the line is dropped. */
    type(typed: string): 'typing' | 'done' | 'cancelled' {
      for (const letter of typed.replaceAll(ESCAPE_SEQUENCE, '')) {
        const outcome = key(letter);
        if (outcome !== 'typing') return outcome;
      }
      return 'typing';
    },
  };
}
