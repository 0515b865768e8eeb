/**
 * Some servers leave the reasoning of a model in its answer, between `<think>` and `</think>` (or
 * `<thinking>`) at its beginning. A tag later in the answer is a part of the answer.
 */
export interface ThinkingSplit {
  /** Whether all further text belongs to the answer: there is nothing left to split. */
  readonly passed: boolean;
  /** Splits the next text. Holds back what can be the beginning of a tag. */
  push(text: string): Split;
  /** The text that was held back. Call it when the answer has ended or broken off. */
  end(): Split;
}

/** Text of a model, by what it is. */
export interface Split {
  reasoning: string;
  content: string;
}

const TAGS = ['<think>', '<thinking>'] as const;
const LONGEST_TAG = Math.max(...TAGS.map((tag) => tag.length));
/** White space before the tag that is held back at most. */
const INDENT_CAP = 64;

/** Starts before the first text. `raw`: passes all text on as content. */
export function createThinkingSplit(raw: boolean): ThinkingSplit {
  let state: 'start' | 'thinking' | 'after' | 'passed' = raw ? 'passed' : 'start';
  let held = '';
  let closing = '';
  /** Whether the reasoning has begun: white space after the opening tag belongs to nothing. */
  let begun = false;

  function begin(): Split {
    const indent = held.length - held.trimStart().length;
    const start = held.slice(indent, indent + LONGEST_TAG).toLowerCase();
    const tag = TAGS.find((name) => start.startsWith(name));
    if (tag !== undefined) {
      state = 'thinking';
      closing = tag.replace('<', '</');
      held = held.slice(indent + tag.length).replace(/^\r?\n/, '');
      return think();
    }
    const possible = TAGS.some((name) => name.startsWith(start));
    if (possible && indent <= INDENT_CAP) return { reasoning: '', content: '' };
    return { reasoning: '', content: pass() };
  }

  function think(): Split {
    if (!begun) held = held.trimStart();
    begun = held !== '';
    // Not in a copy in lower case: an answer of 30 MiB takes 60 MB.
    const end = held.search(new RegExp(closing, 'i'));
    if (end === -1) {
      const kept = lengthOfPartialTag(held, closing);
      const reasoning = held.slice(0, held.length - kept);
      held = held.slice(held.length - kept);
      return { reasoning, content: '' };
    }
    const reasoning = held.slice(0, end);
    held = held.slice(end + closing.length);
    state = 'after';
    return { reasoning, content: skipBlank() };
  }

  /** The white space between the closing tag and the answer belongs to neither. */
  function skipBlank(): string {
    held = held.trimStart();
    return held === '' ? '' : pass();
  }

  function pass(): string {
    const content = held;
    held = '';
    state = 'passed';
    return content;
  }

  return {
    get passed() {
      return state === 'passed';
    },
    push(text) {
      if (state === 'passed') return { reasoning: '', content: text };
      held += text;
      if (state === 'start') return begin();
      return state === 'thinking' ? think() : { reasoning: '', content: skipBlank() };
    },
    end() {
      const rest = held;
      held = '';
      return state === 'thinking'
        ? { reasoning: rest, content: '' }
        : { reasoning: '', content: rest };
    },
  };
}

/** How many characters at the end of a text are the beginning of the tag. */
function lengthOfPartialTag(text: string, tag: string): number {
  const tail = text.slice(-(tag.length - 1)).toLowerCase();
  for (let at = tail.indexOf('<'); at !== -1; at = tail.indexOf('<', at + 1)) {
    if (tag.startsWith(tail.slice(at))) return tail.length - at;
  }
  return 0;
}

/**
 * Splits a whole answer. A chat template can open the block itself, so that the answer holds the
 * closing tag alone: everything before that is reasoning, unless the tag stands in code.
 */
export function splitThinking(text: string): Split {
  const split = createThinkingSplit(false);
  const first = split.push(text);
  const rest = split.end();
  const reasoning = first.reasoning + rest.reasoning;
  const content = first.content + rest.content;
  return reasoning === '' && content === text ? splitAtLoneTag(text) : { reasoning, content };
}

/** Makes what stands before a lone closing tag the reasoning. */
export function splitAtLoneTag(text: string): Split {
  const closing = /<\/think(?:ing)?>/i.exec(withoutCode(text));
  if (closing === null || /<think(?:ing)?>/i.test(text.slice(0, closing.index))) {
    return { reasoning: '', content: text };
  }
  const end = closing.index + closing[0].length;
  return { reasoning: text.slice(0, closing.index).trim(), content: text.slice(end).trimStart() };
}

/** The text with a space for each character of code, so that places stay the same. */
function withoutCode(text: string): string {
  if (!text.includes('</')) return '';
  const blank = (code: string) => ' '.repeat(code.length);
  return text
    .replaceAll(/^ {0,3}(`{3,12}|~{3,12})[^\n]*\n(?:[^\n]*\n)*? {0,3}\1[^\n]*$/gm, blank)
    .replaceAll(/(?<!`)(`+)(?!`)[^`\n]+\1/g, blank);
}
