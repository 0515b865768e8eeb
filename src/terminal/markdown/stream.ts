import type { Token } from 'marked';
import { columnsOf, type OutputStream, type Terminal } from '../terminal.ts';
import type { TextFilter } from '../writer.ts';
import { blockLines, codeLine } from './blocks.ts';
import { closes, type Fence, openedBy, unindented } from './code-blocks.ts';
import { type Highlight, highlightOf, loadLanguage } from './highlight.ts';
import { loadLook, type Look } from './inline.ts';
import { beginsParagraph, createParagraph, goesOn, type Paragraph } from './paragraph.ts';

/**
 * A block that is longer is shown as it is, as soon as that is known: a table without an end took
 * 680 MB, and there are texts whose emphasis the lexer takes quadratic time to sort out (10 s for
 * 64 KiB of `_a__`).
 */
const BLOCK_CAP = 16 * 1024;

/** Characters of a line that show what it is, and those that show what opens code. */
const [DECIDED, FENCE_LENGTH] = [64, 1000];

/** A fence that is indented further belongs to its paragraph or list item. */
const FENCE_INDENT = /^ {0,3}$/;
const LIST_ITEM = /^([-*+]|\d{1,9}[.)])\s/;

const HEADING = /^ {0,3}#{1,6}(?:\s|$)/;
const RULE = /^ {0,3}([-*_])[ \t]*(?:\1[ \t]*){2,}$/;
/** What ends a paragraph without an empty line: also a list that begins at another number than one. */
const INTERRUPTS = /^ {0,3}(?:#{1,6}(?:\s|$)|>|(?:[-*+]|\d{1,9}[.)])(?:\s|$)|\||<[a-z!/?])/i;
/** Below a paragraph it makes a heading of it, which is too late here. */
const UNDERLINE = /^ {0,3}=+\s*$/;

/**
 * Lays Markdown out while it arrives: a paragraph word by word, code line by line, an item of a list
 * when the next item begins, any other block when the next one does. The text must be safe for a
 * terminal already.
 */
export async function loadMarkdown(
  stream: OutputStream,
  env: Terminal['env'],
): Promise<MarkdownFilter> {
  const [{ lexer, Lexer }, look] = await Promise.all([import('marked'), loadLook(stream, env)]);
  // The last column stays free: where it is filled, some terminals break the line.
  const width = () => columnsOf(stream) - 1;
  const layOut = (block: string): string[] => {
    const asItIs = block.trimEnd().split('\n');
    if (block.length > BLOCK_CAP) return asItIs;
    try {
      return blockLines(lexer(block), width(), look);
    } catch (error) {
      // Thousands of nested quotes are deeper than the stack.
      if (error instanceof RangeError) return asItIs;
      throw error;
    }
  };
  const lex = (text: string): Token[] =>
    text.length > BLOCK_CAP ? [{ type: 'text', raw: text, text }] : Lexer.lexInline(text);
  return createMarkdown(layOut, () => createParagraph(lex, look, width()), look);
}

/** A filter that needs to load something before some texts. */
export interface MarkdownFilter extends TextFilter {
  /** Loads what the text needs, before it is written; undefined when that is nothing. */
  prepare(text: string): Promise<void> | undefined;
}

function createMarkdown(
  layOut: (block: string) => string[],
  newParagraph: () => Paragraph,
  look: Look,
): MarkdownFilter {
  /** What has come of a line whose end is still to come, less what the paragraph has taken. */
  let line = '';
  /** The lines of the block at hand, and their characters. */
  let block: string[] = [];
  let size = 0;
  /** Whether the block is too long: its lines are shown as they come, all but the first are gone. */
  let asItComes = false;
  /** The paragraph at hand, and whether it has taken the beginning of the line. */
  let paragraph: Paragraph | undefined;
  let taken = false;
  /** What opened the code at hand, and its colors. */
  let fence: Fence | undefined;
  let highlight: Highlight | undefined;
  /** Whether an empty line comes before whatever is shown next. */
  let gap = false;
  let begun = false;

  function show(lines: readonly string[]): string {
    return lines.length === 0 ? '' : `${separator()}${lines.join('\n')}\n`;
  }

  function separator(): string {
    const before = gap && begun ? '\n' : '';
    gap = false;
    begun = true;
    return before;
  }

  function finish(): string {
    if (block.length === 0) return '';
    const lines = asItComes ? [] : layOut(block.join('\n'));
    block = [];
    size = 0;
    asItComes = false;
    return show(lines);
  }

  function showLongBlock(): string {
    const [first = '', ...others] = block;
    const shown = asItComes ? `${others.join('\n')}\n` : show(block);
    block = [first];
    asItComes = true;
    return shown;
  }

  function take(text: string): string {
    if (fence !== undefined) return takeCode(text, fence);
    if (paragraph !== undefined || mayBegin(text, true)) return takeWords(text, '\n');
    const opened = openedBy(text);
    if (opened !== undefined && FENCE_INDENT.test(opened.indent)) {
      const before = finish();
      fence = opened;
      highlight = highlightOf(text.trim().slice(opened.marker.length), look.style);
      gap = true;
      return before;
    }
    if (text.trim() === '') {
      if (block.length > 0) block.push('');
      else gap = true;
      return '';
    }
    return takeLine(text);
  }

  /** Whether a line begins a paragraph here. */
  function mayBegin(text: string, whole: boolean): boolean {
    const free = block.length === 0 || block.at(-1) === '';
    return free && beginsParagraph(text, whole);
  }

  /** The part of a line that the paragraph has not taken. `end` is '' while more may follow. */
  function takeWords(text: string, end: '' | '\n'): string {
    if (paragraph !== undefined && !taken) {
      if (end !== '' && endsParagraph(text)) {
        const last = endParagraph();
        if (UNDERLINE.test(text)) return last;
        return last + take(text);
      }
      if (end === '' && !goesOn(text)) return '';
    }
    let before = '';
    if (paragraph === undefined) {
      const ended = block.length > 0;
      before = finish();
      gap ||= ended;
      before += separator();
      paragraph = newParagraph();
    }
    // Half a character waits for its other half.
    const whole = end === '' && /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
    line = text.slice(whole.length);
    taken = end === '' && (taken || whole !== '');
    return before + paragraph.write(whole + end);
  }

  function endParagraph(): string {
    const last = paragraph?.end() ?? '';
    paragraph = undefined;
    return last;
  }

  function takeLine(text: string): string {
    const afterGap = block.at(-1) === '';
    const inList = LIST_ITEM.test(block[0] ?? '');
    const begins = LIST_ITEM.test(text) ? inList || afterGap : afterGap && !/^\s/.test(text);
    const wasShown = asItComes;
    const before = begins ? finish() : '';
    if (begins && (wasShown || before !== '')) gap = afterGap;
    block.push(text);
    size += text.length + 1;
    if (block.length === 1 && HEADING.test(text)) return before + finish();
    return size > BLOCK_CAP ? before + showLongBlock() : before;
  }

  function takeCode(text: string, opened: Fence): string {
    if (!closes(text, opened)) return show([codeLine(unindented(text, opened), look, highlight)]);
    fence = undefined;
    gap = true;
    return '';
  }

  return {
    prepare: createPreparation(),
    write(text) {
      const [first = '', ...rest] = text.split('\n');
      let known = line.length;
      line += first;
      let shown = '';
      for (const next of rest) {
        shown += take(line);
        line = next;
        known = 0;
      }
      // To look at a long line again for each word of it would take minutes.
      const open = fence === undefined && (taken || known < DECIDED);
      const words = open && (paragraph !== undefined || mayBegin(line, false));
      return words ? shown + takeWords(line, '') : shown;
    },
    end() {
      const last = line === '' && !taken ? '' : take(line);
      line = '';
      return last + endParagraph() + finish();
    },
  };
}

/** Whether a whole line does not belong to the paragraph before it. */
function endsParagraph(text: string): boolean {
  const opened = openedBy(text);
  return (
    text.trim() === '' ||
    INTERRUPTS.test(text) ||
    RULE.test(text) ||
    UNDERLINE.test(text) ||
    (opened !== undefined && FENCE_INDENT.test(opened.indent))
  );
}

/** Loads the languages of the fences in a text that comes in pieces. */
function createPreparation(): MarkdownFilter['prepare'] {
  let line = '';
  return (text) => {
    const [first = '', ...others] = text.split('\n');
    if (line.length < FENCE_LENGTH) line += first;
    const lines = [line, ...others];
    line = lines.pop() ?? '';
    const loading = lines.flatMap((one) => {
      const opened = openedBy(one);
      const load = opened && loadLanguage(one.trim().slice(opened.marker.length));
      return load === undefined ? [] : [load];
    });
    return loading.length === 0 ? undefined : Promise.all(loading).then(() => undefined);
  };
}
