import type { Json, Lie } from './lying-models.ts';

/** Changes the calls of a whole answer, and the pieces of calls in a stream. */
export const calls = (change: (call: Json, index: number, all: Json[]) => void): Lie => ({
  chunks: (chunks) => {
    const pieces = chunks.flatMap(({ choices }) => choices[0]?.delta.tool_calls ?? []);
    pieces.forEach(change);
    return chunks;
  },
  document: (document) => {
    document.choices[0].message.tool_calls?.forEach(change);
    return document;
  },
});
export const pieces = (change: (call: Json, index: number, all: Json[]) => void): Lie => {
  const { chunks } = calls(change);
  return chunks === undefined ? {} : { chunks };
};
/** Changes the arguments that the model writes. */
export const writes = (change: (json: string, index: number) => string): Lie => ({
  answer: ({ tool_calls }) => ({
    tool_calls: tool_calls.map((call, index) => ({
      ...call,
      function: { ...call.function, arguments: change(call.function.arguments, index) },
    })),
  }),
});
export const value = (change: (args: Json) => void): Lie =>
  writes((json) => {
    const args: Json = JSON.parse(json);
    change(args);
    return JSON.stringify(args);
  });
/** Answers in other words to the requests that `when` finds. */
export const answers = (
  when: (body: Json) => boolean,
  content: (right: string) => string,
): Lie => ({
  answer: ({ content: right, finish_reason, tool_calls }, _, body) =>
    when(body)
      ? { content: content(right), tool_calls: [], finish_reason: 'stop' }
      : { content: right, finish_reason, tool_calls },
});
export const hasResult = ({ messages }: Json) => messages.at(-1).role === 'tool';
export const choice = (body: Json, named: unknown) =>
  typeof body.tool_choice === 'object' ? named === 'function' : body.tool_choice === named;
export const isPlain = (body: Json) =>
  !('tool_choice' in body) && body.messages[0].content.startsWith('What is');
export const isFirst = (body: Json) =>
  !hasResult(body) && !('tool_choice' in body) && !isPlain(body);
