/** A place in a text, both counted from 1. */
export interface Position {
  line: number;
  column: number;
}

/**
 * Where a text stops being JSON: the first character that cannot stand there, or the end of the
 * text when it is merely cut short. `JSON.parse` tells only for some errors; but it can tell whether
 * the beginning of the text could still become JSON, and that turns from yes to no exactly once.
 */
export function jsonBreaksAt(text: string): Position {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (couldBecomeJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  const lines = text.slice(0, good).split('\n');
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}

/** Whether nothing is wrong with the text but that it ends. */
function couldBecomeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    if (/^Unexpected end|^Unterminated string/.test(message)) return true;
    return Number(/ at position (\d+)/.exec(message)?.[1] ?? -1) >= text.length;
  }
}
