/** Cuts the fenced code blocks out of a text that comes in pieces. */
export interface CodeBlocks {
  /** The lines of code that this piece completes. */
  write(text: string): string;
  /** What is left at the end: a block that was never closed goes on until there. */
  end(): string;
  /** Whether any block has begun. */
  readonly found: boolean;
}

interface Fence {
  marker: string;
  /** How far the block is indented, in characters: its lines lose as much. */
  indent: number;
}

/** The info string after backticks holds none (CommonMark §4.5). */
const OPENING = /^([ \t]*)(`{3,}(?=[^`]*$)|~{3,})/;

/**
 * The insides of all fenced blocks, one after the other (CommonMark §4.5), at any indentation:
 * models put them into lists, and a list that is not parsed has no indentation to be relative to.
 */
export function createCodeBlocks(): CodeBlocks {
  let fence: Fence | undefined;
  let line = '';
  let found = false;

  function take(whole: string): string {
    const text = whole.trimEnd();
    if (fence === undefined) {
      const [, indent = '', marker = ''] = OPENING.exec(text) ?? [];
      if (marker === '') return '';
      fence = { marker, indent: indent.length };
      found = true;
      return '';
    }
    if (closes(text, fence)) {
      fence = undefined;
      return '';
    }
    return unindented(whole, fence.indent);
  }

  return {
    write(text) {
      const [first = '', ...rest] = text.split('\n');
      line += first;
      let code = '';
      for (const next of rest) {
        code += take(`${line}\n`);
        line = next;
      }
      return code;
    },
    end() {
      const last = line === '' ? '' : take(line);
      line = '';
      fence = undefined;
      return last;
    },
    get found() {
      return found;
    },
  };
}

/** A fence of the same character, at least as long, and nothing behind it. */
function closes(text: string, { marker }: Fence): boolean {
  const candidate = text.trimStart();
  return candidate.startsWith(marker) && candidate === (marker[0] ?? '').repeat(candidate.length);
}

function unindented(line: string, most: number): string {
  const blanks = /^[ \t]*/.exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(blanks, most));
}
