import type { ChatDelta, ToolCall, Usage } from './answer.ts';
import type { Chunk } from './chunk.ts';
import { createIncrements } from './cumulative.ts';
import { createToolCalls } from './tool-calls.ts';

/** What has arrived of a streamed answer. */
export interface Assembly {
  /** Takes one chunk in and tells what is new in it. */
  add(chunk: Chunk): ChatDelta[];
  /** What was held back, to be shown at the end or when the stream breaks off. */
  end(): ChatDelta[];
  result(): Assembled;
  readonly finished: boolean;
}

export interface Assembled {
  content: string;
  reasoning: string;
  tool_calls: ToolCall[];
  finish_reason: string | undefined;
  usage: Usage | undefined;
  model: string | undefined;
  id: string | undefined;
  chunks: number;
  has_choice: boolean;
}

export function createAssembly({ suspected }: { suspected: boolean }): Assembly {
  const content = createText(suspected);
  const reasoning = createText(suspected);
  const tools = createToolCalls();
  let finish_reason: string | undefined;
  let usage: Usage | undefined;
  let model: string | undefined;
  let id: string | undefined;
  let chunks = 0;
  let has_choice = false;

  function deltas(newReasoning: string, newContent: string): ChatDelta[] {
    const list: ChatDelta[] = [];
    if (newReasoning !== '') list.push({ type: 'reasoning', text: newReasoning });
    if (newContent !== '') list.push({ type: 'content', text: newContent });
    return list;
  }

  return {
    add(chunk) {
      finish_reason = chunk.finish_reason ?? finish_reason;
      usage = chunk.usage ?? usage;
      model ??= chunk.model;
      id ??= chunk.id;
      has_choice ||= chunk.has_choice;
      const list = deltas(reasoning.add(chunk.reasoning), content.add(chunk.content));
      for (const piece of chunk.tool_calls) list.push(tools.add(piece));
      if (chunk.reasoning !== '' || chunk.content !== '' || chunk.tool_calls.length > 0)
        chunks += 1;
      return list;
    },
    end: () => deltas(reasoning.end(), content.end()),
    result: () => ({
      content: content.join(),
      reasoning: reasoning.join(),
      tool_calls: tools.calls,
      finish_reason,
      usage,
      model,
      id,
      chunks,
      has_choice,
    }),
    get finished() {
      return finish_reason !== undefined;
    },
  };
}

/** The text of one kind: what is new in every delta, and all of it in the end. */
function createText(suspected: boolean) {
  const increments = createIncrements({ suspected });
  const characters = createWholeCharacters();
  // Joined in two steps: hundreds of thousands of small strings kept apart cost 60 bytes each.
  const blocks: string[] = [];
  let pieces: string[] = [];

  function keep(piece: string): string {
    if (piece !== '') pieces.push(piece);
    if (pieces.length >= 1024) {
      blocks.push(pieces.join(''));
      pieces = [];
    }
    return piece;
  }

  return {
    add: (text: string) => (text === '' ? '' : keep(characters.push(increments.push(text)))),
    end: () => keep(characters.push(increments.end()) + characters.end()),
    join: () => blocks.join('') + pieces.join(''),
  };
}

/**
 * Servers cut JSON strings between any two UTF-16 code units, so that a character beyond U+FFFF can
 * come in two deltas. Keeps its first half until the second is here: each half alone is no text.
 */
interface WholeCharacters {
  push(text: string): string;
  /** The half that is left over, if any. */
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
