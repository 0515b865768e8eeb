import { columnsOf, type OutputStream, type Terminal } from '../terminal.ts';
import type { TextFilter } from '../writer.ts';
import { blockLines, codeLine } from './blocks.ts';
import { closes, type Fence, openedBy, unindented } from './code-blocks.ts';
import { loadLook, type Look } from './inline.ts';

/**
 * A block that is longer is shown as it is: there are texts whose emphasis the lexer takes quadratic
 * time to sort out (10 s for 64 KiB of `_a__`).
 */
const BLOCK_CAP = 16 * 1024;

/** A fence that is indented further belongs to its paragraph or list item. */
const FENCE_INDENT = /^ {0,3}$/;
const LIST_ITEM = /^([-*+]|\d{1,9}[.)])\s/;

/**
 * Lays Markdown out while it arrives: a block is shown when the next one begins, an item of a list
 * when the next item does, code line by line. The text must be safe for a terminal already.
 */
export async function loadMarkdown(
  stream: OutputStream,
  env: Terminal['env'],
): Promise<TextFilter> {
  const [{ lexer }, look] = await Promise.all([import('marked'), loadLook(stream, env)]);
  const layOut = (block: string): string[] => {
    const asItIs = block.trimEnd().split('\n');
    if (block.length > BLOCK_CAP) return asItIs;
    try {
      // The last column stays free: where it is filled, some terminals break the line.
      return blockLines(lexer(block), columnsOf(stream) - 1, look);
    } catch (error) {
      // Thousands of nested quotes are deeper than the stack.
      if (error instanceof RangeError) return asItIs;
      throw error;
    }
  };
  return createMarkdown(layOut, look);
}

function createMarkdown(layOut: (block: string) => string[], look: Look): TextFilter {
  /** The beginning of a line whose end is still to come. */
  let line = '';
  /** The lines of the block at hand. */
  let block: string[] = [];
  /** What opened the code at hand. */
  let fence: Fence | undefined;
  /** Whether an empty line comes before whatever is shown next. */
  let gap = false;
  let begun = false;

  function show(lines: readonly string[]): string {
    if (lines.length === 0) return '';
    const before = gap && begun ? '\n' : '';
    gap = false;
    begun = true;
    return `${before}${lines.join('\n')}\n`;
  }

  function finish(): string {
    if (block.length === 0) return '';
    const lines = layOut(block.join('\n'));
    block = [];
    return show(lines);
  }

  function take(text: string): string {
    if (fence !== undefined) return takeCode(text, fence);
    const opened = openedBy(text);
    if (opened !== undefined && FENCE_INDENT.test(opened.indent)) {
      const before = finish();
      fence = opened;
      gap = true;
      return before;
    }
    if (text.trim() === '') {
      if (block.length > 0) block.push('');
      return '';
    }
    return takeLine(text);
  }

  function takeLine(text: string): string {
    const afterGap = block.at(-1) === '';
    const inList = LIST_ITEM.test(block[0] ?? '');
    const begins = LIST_ITEM.test(text) ? inList || afterGap : afterGap && !/^\s/.test(text);
    const before = begins ? finish() : '';
    if (begins && before !== '') gap = afterGap;
    block.push(text);
    return before;
  }

  function takeCode(text: string, opened: Fence): string {
    if (!closes(text, opened)) return show([codeLine(unindented(text, opened), look)]);
    fence = undefined;
    gap = true;
    return '';
  }

  return {
    write(text) {
      const [first = '', ...rest] = text.split('\n');
      line += first;
      let shown = '';
      for (const next of rest) {
        shown += take(line);
        line = next;
      }
      return shown;
    },
    end() {
      const last = line === '' ? '' : take(line);
      line = '';
      return last + finish();
    },
  };
}
