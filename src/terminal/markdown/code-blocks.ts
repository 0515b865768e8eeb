import type { TextFilter } from '../writer.ts';
import { closes, type Fence, openedBy, unindented } from './fence.ts';

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
  let found = false;

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
        code += codeOf(`${line}\n`);
        line = next;
      }
      return code;
    },
    end() {
      const last = line === '' ? '' : codeOf(line);
      line = '';
      fence = undefined;
      return last;
    },
    get found() {
      return found;
    },
  };
}
