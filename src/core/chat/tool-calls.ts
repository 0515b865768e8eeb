import { given } from '../given.ts';
import { jsonOrUndefined } from '../json.ts';
import type { ChatDelta, ToolCall } from './answer.ts';

/** A tool call, or a piece of one, as it came over the wire. */
export interface ToolCallPiece {
  index: number | undefined;
  id: string | undefined;
  name: string | undefined;
  arguments: string;
}

type ToolCallDelta = Extract<ChatDelta, { type: 'tool_call' }>;

/**
 * Puts the pieces of tool calls together. By the standard a piece belongs to the call of its
 * `index`, but servers leave the index or the id away, use one index for several calls, or repeat
 * id and name in every piece. So: a known id decides; a new name with another id, or after complete
 * arguments, begins a new call; the index is asked last.
 */
export interface ToolCalls {
  readonly calls: ToolCall[];
  /** Adds a piece; the delta's `index` is the position of its call in `calls`. */
  add(piece: ToolCallPiece): ToolCallDelta;
}

export function createToolCalls(): ToolCalls {
  const calls: ToolCall[] = [];
  /** Index on the wire -> position of the call that used it last. */
  const latest = new Map<number, number>();

  function positionOf(piece: ToolCallPiece): number {
    const byId = piece.id === undefined ? -1 : calls.findLastIndex(({ id }) => id === piece.id);
    if (byId !== -1) return byId;
    const last = calls.length - 1;
    // A call that began without an index may go on with one.
    const unclaimed = [...latest.values()].includes(last) ? undefined : last;
    const position = piece.index === undefined ? last : (latest.get(piece.index) ?? unclaimed);
    const call = position === undefined ? undefined : calls[position];
    return position === undefined || call === undefined || beginsAnother(piece, call)
      ? calls.length
      : position;
  }

  return {
    calls,
    add(piece) {
      const position = positionOf(piece);
      if (piece.index !== undefined) latest.set(piece.index, position);
      const call = (calls[position] ??= { id: undefined, name: '', arguments: '' });
      call.id ??= piece.id;
      if (call.name === '' && piece.name !== undefined) call.name = piece.name;
      call.arguments += piece.arguments;
      const { id, name, arguments: args } = piece;
      return given({ type: 'tool_call' as const, index: position, id, name, arguments: args });
    },
  };
}

function beginsAnother(piece: ToolCallPiece, call: ToolCall): boolean {
  if (piece.name === undefined || call.name === '') return false;
  if (piece.id !== undefined && call.id !== undefined) return true;
  return jsonOrUndefined(call.arguments) !== undefined;
}
