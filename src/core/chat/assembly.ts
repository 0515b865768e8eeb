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
  const contentIncrements = createIncrements({ suspected });
  const reasoningIncrements = createIncrements({ suspected });
  const content = createText();
  const reasoning = createText();
  const tools = createToolCalls();
  let finish_reason: string | undefined;
  let usage: Usage | undefined;
  let model: string | undefined;
  let id: string | undefined;
  let chunks = 0;
  let has_choice = false;

  function deltas(newReasoning: string, newContent: string): ChatDelta[] {
    const list: ChatDelta[] = [];
    if (newReasoning !== '') {
      reasoning.add(newReasoning);
      list.push({ type: 'reasoning', text: newReasoning });
    }
    if (newContent !== '') {
      content.add(newContent);
      list.push({ type: 'content', text: newContent });
    }
    return list;
  }

  return {
    add(chunk) {
      finish_reason = chunk.finish_reason ?? finish_reason;
      usage = chunk.usage ?? usage;
      model ??= chunk.model;
      id ??= chunk.id;
      has_choice ||= chunk.has_choice;
      const list = deltas(
        reasoningIncrements.push(chunk.reasoning),
        contentIncrements.push(chunk.content),
      );
      for (const piece of chunk.tool_calls) list.push(tools.add(piece));
      if (chunk.reasoning !== '' || chunk.content !== '' || chunk.tool_calls.length > 0) chunks += 1;
      return list;
    },
    end: () => deltas(reasoningIncrements.end(), contentIncrements.end()),
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

/** Joins many small strings in two steps: hundreds of thousands kept apart cost 60 bytes each. */
function createText() {
  const blocks: string[] = [];
  let pieces: string[] = [];
  return {
    add(piece: string): void {
      pieces.push(piece);
      if (pieces.length < 1024) return;
      blocks.push(pieces.join(''));
      pieces = [];
    },
    join: () => blocks.join('') + pieces.join(''),
  };
}
