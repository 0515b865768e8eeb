import type { ChatDelta, ToolCall, Usage } from './answer.ts';
import type { Chunk } from './chunk.ts';
import { createIncrements } from './cumulative.ts';
import { endingOf } from './finish-reason.ts';
import { JoinedText } from './joined-text.ts';
import { createRests } from './rest.ts';
import { createThinkingSplit, type Split, splitAtLoneTag } from './thinking.ts';
import { createToolCalls } from './tool-calls.ts';

/** Puts the chunks of a streamed answer together. */
export interface Assembly {
  /** Adds a chunk. Returns the deltas that can be shown now. */
  add(chunk: Chunk): ChatDelta[];
  /** The text that was held back. Call it once, when the stream has ended or broken off. */
  end(): ChatDelta[];
  /** Everything added. Call it once, at the end: the texts leave the assembly. */
  result(): Assembled;
  /** Whether a chunk had a `finish_reason`. */
  readonly finished: boolean;
  /**
   * About how many bytes of memory the answer takes so far: its text in UTF-8, and its other fields.
   */
  readonly size: number;
  /** The same of its content alone: it grows with each new piece of that, and with nothing else. */
  readonly content_size: number;
  /** Number of chunks that held a delta, and of characters (UTF-16 code units) in them. */
  arrived(): { chunks: number; characters: number };
}

/** An answer as far as its body tells it. */
export interface Assembled {
  content: string;
  reasoning: string;
  /** The part of `content` in which the model refuses to answer, '' if there is none. */
  refusal: string;
  tool_calls: ToolCall[];
  finish_reason: string | undefined;
  usage: Usage | undefined;
  model: string | undefined;
  id: string | undefined;
  /** Number of chunks that held a delta, 1 for a buffered answer. */
  chunks: number;
  /** Whether any chunk had a choice, also an empty one. */
  has_choice: boolean;
  /** The fields that no other field holds; undefined if there are none. */
  rest: Readonly<Record<string, unknown>> | undefined;
}

/** How the deltas of an answer are read. */
export interface AssemblyOptions {
  /** The endpoint is known to send cumulative deltas (see {@link createIncrements}). */
  suspected: boolean;
  /** Leaves reasoning that stands in the content there. */
  raw_thinking: boolean;
}

/** Starts without a chunk. */
export function createAssembly({ suspected, raw_thinking }: AssemblyOptions): Assembly {
  const content = createText(suspected);
  const reasoning = createText(suspected);
  const thinking = createThinkingSplit(raw_thinking);
  const tools = createToolCalls();
  const rests = createRests();
  const refusal = new JoinedText();
  let finish_reason: string | undefined;
  let usage: Usage | undefined;
  let model: string | undefined;
  let id: string | undefined;
  let chunks = 0;
  let has_choice = false;
  /** Whether a `message` came: the first one after deltas can repeat the whole answer. */
  let whole = false;

  /** The deltas of new text of the content, which can hold reasoning at its beginning. */
  function split(newReasoning: string, newContent: string, end = false): ChatDelta[] {
    if (thinking.passed || (newContent === '' && !end)) {
      return deltas(reasoning.keep(newReasoning), content.keep(newContent));
    }
    const first = thinking.push(newContent);
    const rest = end ? thinking.end() : { reasoning: '', content: '' };
    const thought = first.reasoning + rest.reasoning;
    return deltas(
      reasoning.keep(newReasoning + thought),
      content.keep(first.content + rest.content),
    );
  }

  function deltas(newReasoning: string, newContent: string): ChatDelta[] {
    const list: ChatDelta[] = [];
    if (newReasoning !== '') list.push({ type: 'reasoning', text: newReasoning });
    if (newContent !== '') list.push({ type: 'content', text: newContent });
    return list;
  }

  /**
   * The whole texts. A lone `</think>` tells only now that what was delivered as content before it is
   * reasoning.
   */
  function texts(): Split {
    const all = { content: content.take(), reasoning: reasoning.take() };
    return raw_thinking || all.reasoning !== '' ? all : splitAtLoneTag(all.content);
  }

  const texts_size = () => content.size + reasoning.size + refusal.size + tools.size;

  /** The last one counts, but a failure that follows another cannot spoil the answer. */
  function finish(reason: string): void {
    if (finish_reason !== undefined && endingOf(reason) === 'broken') return;
    finish_reason = reason;
  }

  return {
    add(chunk) {
      refusal.add(chunk.refusal);
      if (chunk.finish_reason !== undefined) finish(chunk.finish_reason);
      usage = chunk.usage ?? usage;
      model ??= chunk.model;
      id ??= chunk.id;
      has_choice ||= chunk.has_choice;
      rests.add(chunk.rest);
      const repeats = chunk.whole && !whole;
      whole ||= chunk.whole;
      const list = split(
        reasoning.add(repeats ? reasoning.newOf(chunk.reasoning) : chunk.reasoning),
        content.add(repeats ? content.newOf(chunk.content) : chunk.content),
      );
      for (const piece of chunk.tool_calls) list.push(tools.add(piece));
      if (chunk.reasoning !== '' || chunk.content !== '' || chunk.tool_calls.length > 0)
        chunks += 1;
      return list;
    },
    end: () => split(reasoning.end(), content.end(), true),
    arrived: () => ({ chunks, characters: content.length + reasoning.length }),
    get size() {
      return texts_size() + rests.size;
    },
    get content_size() {
      return texts_size() + rests.message_size;
    },
    result: () => ({
      ...texts(),
      refusal: refusal.join(),
      tool_calls: tools.calls(),
      finish_reason,
      usage,
      model,
      id,
      chunks,
      has_choice,
      rest: rests.result(),
    }),
    get finished() {
      return finish_reason !== undefined;
    },
  };
}

/** The reasoning or the content: the new text of each delta, and the whole text at the end. */
function createText(suspected: boolean) {
  const increments = createIncrements({ suspected });
  const characters = createWholeCharacters();
  const kept = new JoinedText();
  return {
    /** The new text of a delta. */
    add: (text: string) => (text === '' ? '' : characters.push(increments.push(text))),
    end: () => characters.push(increments.end()) + characters.end(),
    /** Adds new text to the whole text. */
    keep(piece: string): string {
      kept.add(piece);
      return piece;
    },
    take: () => kept.take(),
    get length() {
      return kept.length;
    },
    /** In bytes, with the text that is held back. */
    get size() {
      return kept.size + increments.waiting;
    },
    /** What a text adds to the whole text, if it repeats that. */
    newOf(text: string): string {
      const known = text === '' ? '' : kept.join();
      return text.startsWith(known) ? text.slice(known.length) : text;
    },
  };
}

/**
 * Servers cut JSON strings between any two UTF-16 code units, so that a character above U+FFFF can
 * arrive in two deltas. Holds the first half back until the second half arrives: a half alone is not
 * valid text.
 */
interface WholeCharacters {
  push(text: string): string;
  /** The half that is held back, '' if there is none. */
  end(): string;
}

function createWholeCharacters(): WholeCharacters {
  let half = '';
  return {
    push(text) {
      if (text === '') return '';
      const joined = half + text;
      const last = text.charCodeAt(text.length - 1);
      const cut = last >= 0xd800 && last <= 0xdbff;
      half = cut ? joined.slice(-1) : '';
      return cut ? joined.slice(0, -1) : joined;
    },
    end() {
      const rest = half;
      half = '';
      return rest;
    },
  };
}
