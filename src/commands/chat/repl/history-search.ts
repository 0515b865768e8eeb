import { isControl, type UserInput } from './keyboard.ts';

/** A backward search of the history, as Ctrl-R begins it in a shell. */
export interface HistorySearch {
  /** Shows the text that is searched for. */
  readonly prompt: string;
  /** The line that was found last, at first the line before the search. */
  readonly line: string;
  /**
   * Takes a key or a paste.
   * - `going_on`: show prompt and line
   * - `left`: show the line before the search
   * - `entered`: the line is complete
   * - `taken`: the key applies to the line
   */
  take(input: UserInput): 'going_on' | 'left' | 'entered' | 'taken';
}

/** @param lines the history, the latest line first */
export function searchHistory(lines: readonly string[], before: string): HistorySearch {
  let query = '';
  /** Position of the line that was found last; -1 for none. */
  let at = -1;
  let missed = false;

  const line = () => lines[at] ?? before;

  function find(from: number): void {
    const wanted = query.toLowerCase();
    const found = lines.findIndex(
      (one, index) =>
        index >= from && one.toLowerCase().includes(wanted) && (index === at || one !== line()),
    );
    missed = found === -1;
    if (!missed) at = found;
  }

  function search(next: string, from: number): void {
    query = next;
    if (query !== '') return find(from);
    [at, missed] = [-1, false];
  }

  return {
    get prompt() {
      return `(${missed ? 'no match' : 'search'}: ${query}) `;
    },
    get line() {
      return line();
    },
    take(input) {
      const text = typedText(input);
      if (text !== undefined) search(query + text, Math.max(at, 0));
      else if (isControl(input, 'r')) find(at + 1);
      else if (isKey(input, 'backspace')) search([...query].slice(0, -1).join(''), 0);
      else if (isControl(input, 'g') || isKey(input, 'escape')) return 'left';
      else if (isKey(input, 'return') || isKey(input, 'enter')) return at < 0 ? 'left' : 'entered';
      // In a line without text it ends the session.
      else if (!isControl(input, 'd')) return 'taken';
      return 'going_on';
    },
  };
}

/** The text to search for, undefined for a key that types none. */
function typedText(input: UserInput): string | undefined {
  if (input.kind === 'paste') return /^.*/.exec(input.text)?.[0];
  const { text, key } = input;
  if (text === undefined || key.ctrl === true || key.meta === true) return undefined;
  return /^[^\p{Cc}]+$/u.test(text) ? text : undefined;
}

function isKey(input: UserInput, name: string): boolean {
  return input.kind === 'key' && input.key.name === name;
}
