import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { type Terminal, withKnownSize } from '../../../terminal/terminal.ts';
import {
  isAltEnter,
  isControl,
  openKeyboard,
  openTerminalModes,
  type UserInput,
} from './keyboard.ts';
import type { Completions } from './completion.ts';
import { type HistorySearch, searchHistory } from './history-search.ts';
import { createPastes } from './pastes.ts';

/** How the user ends the editing of a line or a message. */
export type EditorResult =
  /** `typed`: the lines as they are shown. `abbreviated`: they show a paste by a name. */
  | { kind: 'line'; text: string; typed: string; abbreviated: boolean }
  /** Ctrl-C; `empty` if the line had no text. */
  | { kind: 'interrupt'; empty: boolean }
  /** Ctrl-D in an empty line, or the end of the input. */
  | { kind: 'end' };

export interface LineEditor {
  /** Lets the user edit a line. */
  readLine(prompt: string): Promise<EditorResult>;
  /** Makes one text of the lines that were entered last, for the arrow keys and for Ctrl-R. */
  joinLines(lines: readonly string[], text: string): void;
  /** Gives the terminal to another program while `use` runs, between two calls of `readLine`. */
  lend<T>(use: () => Promise<T>): Promise<T>;
  /** Sets what Ctrl-C does between two calls of `readLine`. Other keys wait for the next call. */
  onInterrupt(listener: (() => void) | undefined): void;
  /** Restores the terminal. A pending `readLine` resolves to `end`. */
  close(): void;
}

export interface LineEditorOptions {
  /** The latest line first. */
  history: string[];
  /** The completions of the end of a line. */
  complete: (line: string) => Promise<Completions>;
}

const HISTORY_SIZE = 500;

/**
 * Node's readline on a terminal, and what it lacks: line breaks in a line, by Alt-Enter and by
 * paste, and keys that wait between two calls of `readLine`.
 */
export async function openLineEditor(
  terminal: Terminal,
  options: LineEditorOptions,
): Promise<LineEditor> {
  const { stdin, stdout, env } = terminal;
  const modes = openTerminalModes(stdin, stdout);
  const pastes = createPastes();
  let resolveLine: ((result: EditorResult) => void) | undefined;
  let abandoned = false;
  /** The line as it is edited, with the names of long pastes. */
  let edited = '';
  let linePrompt = '';
  /** The latest line first. Readline replaces the array at the first line. */
  let history = [...options.history];
  let completions: Completions = [[], ''];
  let search: { of: HistorySearch; before: string } | undefined;

  // Readline gets each key by `write`. It uses its input only to suspend the process.
  const suspendable = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (on: boolean) => modes.setRaw(on),
  });
  const readline = createInterface({
    input: suspendable,
    output: withKnownSize(stdout),
    terminal: true,
    historySize: HISTORY_SIZE,
    history,
    removeHistoryDuplicates: true,
    completer: () => completions,
  });
  const keyboard = openKeyboard(stdin, () => finish({ kind: 'end' }));
  const bracketPastes = (on: boolean) => modes.bracketPastes(on && env.TERM !== 'dumb');

  function finish(result: EditorResult): void {
    bracketPastes(false);
    search = undefined;
    resolveLine?.(result);
    resolveLine = undefined;
  }

  // Node 24 reverses the order of the lines in a line, here and in its history.
  readline.on('history', (lines) => {
    if (edited.includes('\n')) lines[0] = edited;
    history = lines;
  });
  readline.on('line', () => {
    if (abandoned) return;
    const text = pastes.expand(edited);
    finish({ kind: 'line', text, typed: edited, abbreviated: text !== edited });
  });
  readline.on('close', () => finish({ kind: 'end' }));
  readline.on('SIGCONT', () => {
    modes.setRaw(true);
    bracketPastes(resolveLine !== undefined);
    readline.prompt(true);
  });

  function take(input: UserInput): boolean {
    if (search && takeInSearch(search, input)) return resolveLine !== undefined;
    edited = readline.line;
    if (input.kind === 'paste') insert(pastes.show(input.text));
    else if (isControl(input, 'c')) abandon();
    else if (isAltEnter(input)) insert('\n');
    else if (isControl(input, 'r')) {
      search = { of: searchHistory(history, edited), before: edited };
      show(edited, search.of.prompt);
    } else if (input.key.name === 'tab') {
      void complete();
      // Later keys wait for the completion.
      return false;
    } else {
      // Readline suspends the process, and the shell sets its own mode for pastes.
      if (isControl(input, 'z')) bracketPastes(false);
      readline.write(input.text, input.key);
    }
    return resolveLine !== undefined;
  }

  async function complete(): Promise<void> {
    // Ctrl-C ends the wait for a folder on a disk that does not answer.
    const stopped = new Promise<Completions>((resolve) => {
      keyboard.onInterrupt(() => resolve([[], '']));
    });
    const { line, cursor } = readline;
    completions = await Promise.race([options.complete(line.slice(0, cursor)), stopped]);
    keyboard.onInterrupt(undefined);
    if (resolveLine === undefined) return;
    readline.write('\t', { name: 'tab' });
    keyboard.setListener(take);
  }

  /** Whether the search took the input. If not, the line that was found is edited. */
  function takeInSearch({ of, before }: NonNullable<typeof search>, input: UserInput): boolean {
    const outcome = isControl(input, 'c') ? 'left' : of.take(input);
    if (outcome === 'going_on') {
      show(of.line, of.prompt);
      return true;
    }
    search = undefined;
    show(outcome === 'left' ? before : of.line, linePrompt);
    if (outcome === 'entered') {
      edited = readline.line;
      readline.write(undefined, { name: 'return' });
    }
    return outcome !== 'taken' && !isControl(input, 'c');
  }

  function show(line: string, prompt: string): void {
    Object.assign(readline, { line, cursor: line.length });
    readline.setPrompt(prompt);
    readline.prompt(true);
  }

  /** Inserts text by hand, because readline ends the line at a line break. */
  function insert(text: string): void {
    const { line, cursor } = readline;
    const longer = line.slice(0, cursor) + text + line.slice(cursor);
    Object.assign(readline, { line: longer, cursor: cursor + text.length });
    readline.prompt(true);
  }

  /** Leaves the line on the screen and in the history, and does not return it. */
  function abandon(): void {
    const empty = readline.line === '';
    abandoned = true;
    readline.write(undefined, { name: 'return' });
    abandoned = false;
    finish({ kind: 'interrupt', empty });
  }

  modes.setRaw(true);
  await keyboard.readAhead();
  return {
    readLine: (prompt) =>
      new Promise((resolve) => {
        resolveLine = resolve;
        if (stdin.destroyed || stdin.readableEnded) return finish({ kind: 'end' });
        bracketPastes(true);
        linePrompt = prompt;
        readline.setPrompt(prompt);
        readline.prompt();
        keyboard.setListener(take);
      }),
    joinLines(lines, text) {
      // Readline leaves out empty lines and earlier ones that are the same.
      const joined = history.findIndex((line) => !lines.includes(line));
      history.splice(0, joined === -1 ? history.length : Math.min(joined, lines.length), text);
    },
    async lend(use) {
      keyboard.pause();
      modes.setRaw(false);
      try {
        return await use();
      } finally {
        modes.setRaw(true);
        keyboard.resume();
      }
    },
    onInterrupt: keyboard.onInterrupt,
    close() {
      keyboard.close();
      readline.close();
      modes.restore();
    },
  };
}
