import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { type Terminal, withKnownSize } from '../../../terminal/terminal.ts';
import { isControl, openKeys, type Stroke } from './keyboard.ts';
import { createPastes } from './pastes.ts';
import { takeTerminal } from './terminal-modes.ts';

/** What the user did at the prompt. */
export type Entered =
  /** `abbreviated`: a paste stands in the line by a name only. */
  | { kind: 'line'; text: string; abbreviated: boolean }
  /** Ctrl-C; `idle` when there was nothing in the line. */
  | { kind: 'interrupt'; idle: boolean }
  /** Ctrl-D on an empty line, or the keyboard is gone. */
  | { kind: 'end' };

export interface LineEditor {
  /** Lets the user edit a line. */
  ask(prompt: string): Promise<Entered>;
  /** What Ctrl-C does while no line is asked for. What is typed meanwhile waits for the next one. */
  onInterrupt(listener: (() => void) | undefined): void;
  /** Gives the terminal back. A pending `ask` resolves to `end`. */
  close(): void;
}

export interface LineEditorOptions {
  /** The latest first. */
  history: string[];
  /** All that a line which begins so can become. */
  complete: (line: string) => string[];
}

const HISTORY = 500;

/**
 * Node's readline on a terminal, with what it lacks: lines within a line, by Alt-Enter and by
 * paste, and keys that wait while nobody asks.
 */
export function openLineEditor(terminal: Terminal, options: LineEditorOptions): LineEditor {
  const { stdin, stdout, env } = terminal;
  const modes = takeTerminal(stdin, stdout);
  const pastes = createPastes();
  let answer: ((entered: Entered) => void) | undefined;
  let abandoned = false;
  let shown = '';

  // Readline gets its keys by `write`, one by one; only when it suspends the process it looks here.
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => modes.raw(on),
  });
  const readline = createInterface({
    input,
    output: withKnownSize(stdout),
    terminal: true,
    historySize: HISTORY,
    history: [...options.history],
    removeHistoryDuplicates: true,
    completer: (line: string) => [options.complete(line), line],
  });
  const keys = openKeys(stdin, () => finish({ kind: 'end' }));
  const markPastes = (on: boolean) => modes.markPastes(on && env.TERM !== 'dumb');

  function finish(entered: Entered): void {
    markPastes(false);
    answer?.(entered);
    answer = undefined;
  }

  // Node 24 turns the lines within a line upside down, here and in its history.
  readline.on('history', (lines) => {
    if (shown.includes('\n')) lines[0] = shown;
  });
  readline.on('line', () => {
    if (abandoned) return;
    const text = pastes.expand(shown);
    finish({ kind: 'line', text, abbreviated: text !== shown });
  });
  readline.on('close', () => finish({ kind: 'end' }));
  readline.on('SIGCONT', () => {
    modes.raw(true);
    markPastes(answer !== undefined);
    readline.prompt(true);
  });

  function take(stroke: Stroke): boolean {
    shown = readline.line;
    if (stroke.kind === 'paste') insert(pastes.show(stroke.text));
    else if (isControl(stroke, 'c')) abandon();
    else if (isAltEnter(stroke)) insert('\n');
    else {
      // Readline is about to stop the process: the shell has its own idea of pastes.
      if (isControl(stroke, 'z')) markPastes(false);
      readline.write(stroke.text, stroke.key);
    }
    return answer !== undefined;
  }

  /** Readline would take a line break for the end of the line. */
  function insert(text: string): void {
    const { line, cursor } = readline;
    const editable: { line: string; cursor: number } = readline;
    editable.line = line.slice(0, cursor) + text + line.slice(cursor);
    editable.cursor = cursor + text.length;
    readline.prompt(true);
  }

  /** Leaves the line on the screen and in the history, unanswered. */
  function abandon(): void {
    const idle = readline.line === '';
    abandoned = true;
    readline.write(undefined, { name: 'return' });
    abandoned = false;
    finish({ kind: 'interrupt', idle });
  }

  modes.raw(true);
  return {
    ask: (prompt) =>
      new Promise((resolve) => {
        answer = resolve;
        if (stdin.destroyed || stdin.readableEnded) return finish({ kind: 'end' });
        markPastes(true);
        readline.setPrompt(prompt);
        readline.prompt();
        keys.give(take);
      }),
    onInterrupt: keys.onInterrupt,
    close() {
      keys.close();
      readline.close();
      modes.restore();
    },
  };
}

function isAltEnter({ key }: Extract<Stroke, { kind: 'key' }>): boolean {
  return key.meta === true && (key.name === 'return' || key.name === 'enter');
}
