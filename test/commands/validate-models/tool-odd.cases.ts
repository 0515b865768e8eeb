import type { Json, Lie } from '../../helpers/lying-models.ts';
import { pieces, value } from '../../helpers/tool-lies.ts';

/** Honest differences of servers. */
export const TOOL_ODD: Readonly<Record<string, Lie>> = {
  honest: {},
  'null content': {
    document: (document) => {
      document.choices[0].message.content ||= null;
      return document;
    },
  },
  'text beside a call': {
    answer: ({ tool_calls }) => (tool_calls.length > 0 ? { content: 'I will look it up.' } : {}),
  },
  'all arguments in one piece': {
    chunks: (chunks) => {
      const held = new Map<number, Json>();
      return chunks.filter(({ choices: [one] }) => {
        const [piece] = one?.delta.tool_calls ?? [];
        if (piece === undefined) return true;
        const first = held.get(piece.index);
        if (first) first.function.arguments += piece.function.arguments;
        else held.set(piece.index, piece);
        return first === undefined;
      });
    },
  },
  'empty ids and names in later pieces': pieces((call) => {
    call.id ??= '';
    call.type ??= 'function';
    call.function.name ??= '';
  }),
  'stop after a forced call': {
    answer: ({ finish_reason }, _, body) => ({
      finish_reason: 'tool_choice' in body ? 'stop' : finish_reason,
    }),
  },
  'an empty list of calls': {
    document: (document) => {
      document.choices[0].message.tool_calls ??= [];
      return document;
    },
  },
  'reasoning before calls': { asked: () => ({ enable_thinking: true }) },
  'a country behind the city': value((args) => {
    if (args.city) args.city += ', on Earth';
  }),
};
