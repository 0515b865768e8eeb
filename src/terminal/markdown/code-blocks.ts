import type { TextFilter } from '../writer.ts';

/**
 * Passes on only the code inside fenced blocks, line by line, while the text arrives in pieces. A
 * block without a closing fence goes to the end of the text.
 */
export interface CodeBlocks extends TextFilter {
  /** Whether any block has begun. */
  readonly found: boolean;
}

/**
 * The code of all fenced blocks, one block after the other (CommonMark §4.5). A fence counts at any
 * indentation: models put code blocks into lists, and this filter does not parse lists.
 */
export function createCodeBlocks(): CodeBlocks {
  let fence: Fence | undefined;
  /** The beginning of a line whose end has not arrived. */
  let line = '';
  /** Whether a line is so long that its beginning was passed on already. */
  let long = false;
  let found = false;

  /** What can be told of a line before its end: a fence is short. */
  function beginningOf(): string {
    if (!long && line.length <= LONGEST_FENCE) return '';
    const code = fence === undefined ? '' : long ? line : unindented(line, fence);
    long = true;
    line = '';
    return code;
  }

  function wholeLine(line: string): string {
    if (!long) return codeOf(line);
    long = false;
    return fence === undefined ? '' : line;
  }

  /** The code of one line, '' for a fence and for text outside of blocks. */
  function codeOf(line: string): string {
    if (fence === undefined) {
      fence = openedBy(line);
      found ||= fence !== undefined;
      return '';
    }
    if (!closes(line, fence)) return unindented(line, fence);
    fence = undefined;
    return '';
  }

  return {
    write(text) {
      const [first = '', ...rest] = text.split('\n');
      line += first;
      let code = '';
      for (const next of rest) {
        code += wholeLine(`${line}\n`);
        line = next;
      }
      return code + beginningOf();
    },
    end() {
      const last = line === '' ? '' : wholeLine(line);
      line = '';
      long = false;
      fence = undefined;
      return last;
    },
    get found() {
      return found;
    },
  };
}

/** Characters after which a line is no fence, whatever follows. */
const LONGEST_FENCE = 4096;

/** What opens and closes a fenced code block (CommonMark §4.5), line by line. */
export interface Fence {
  /** The run of backticks or tildes. */
  marker: string;
  /** The blanks before it: its lines lose as much. */
  indent: string;
}

/** The info string after backticks holds none. */
const OPENING = /^([ \t]*)(`{3,}(?=[^`]*$)|~{3,})/;

/** The fence that a line opens, at any indentation; undefined for any other line. */
export function openedBy(line: string): Fence | undefined {
  const [, indent = '', marker] = OPENING.exec(line.trimEnd()) ?? [];
  return marker === undefined ? undefined : { marker, indent };
}

/** Whether a line closes a fence: the same character, at least as often, and nothing else. */
export function closes(line: string, { marker }: Fence): boolean {
  const text = line.trim();
  return text.startsWith(marker) && text === marker.charAt(0).repeat(text.length);
}

/** A line of code without the indentation of its fence. A tab is removed only if the fence has one. */
export function unindented(line: string, { indent }: Fence): string {
  const blanks = (indent.includes('\t') ? /^[ \t]*/ : /^ */).exec(line)?.[0].length ?? 0;
  return line.slice(Math.min(blanks, indent.length));
}
