import type { Json, Lie } from '../../helpers/lying-models.ts';
import {
  answers,
  calls,
  choice,
  hasResult,
  isFirst,
  isPlain,
  pieces,
  writes,
} from '../../helpers/tool-lies.ts';

/** A lie that only the whole probe asks for. */
export const FULL_LIES: readonly [string, string, Lie][] = [
  [
    'no arguments at all',
    'tools/arguments-are-json: fail',
    writes((json) => (json === '{}' ? '' : json)),
  ],
  [
    'the same id twice',
    'tools/id: fail',
    calls((call) => {
      if (call.id) call.id = 'call_0';
    }),
  ],
  [
    'one index for all',
    'tools/form: fail',
    pieces((call) => {
      call.index = 0;
    }),
  ],
  [
    'stop after calls when streamed',
    'modes/finish-reason: warn',
    {
      chunks: (chunks) => {
        for (const {
          choices: [one],
        } of chunks)
          if (one?.finish_reason) one.finish_reason = 'stop';
        return chunks;
      },
    },
  ],
  ['no call', 'tools/right-call: fail', answers(isFirst, () => 'It is sunny.')],
  [
    'a needless call',
    'tools/no-needless-call: fail',
    { asked: (_, body) => (isPlain(body) ? { must_call: true } : {}) },
  ],
  [
    'ignores none',
    'tools/choice-none: fail',
    {
      asked: (request, body) =>
        choice(body, 'none')
          ? { tools: body.tools.map((tool: Json) => tool.function), must_call: true }
          : request,
    },
  ],
  [
    'ignores required',
    'tools/choice-required: fail',
    { asked: (_, body) => (choice(body, 'required') ? { must_call: false } : {}) },
  ],
  [
    'ignores the name',
    'tools/choice-by-name: fail',
    {
      asked: (_, body) =>
        choice(body, 'function') ? { tools: body.tools.map((tool: Json) => tool.function) } : {},
    },
  ],
  [
    'refuses required',
    'tools/choice-required: unsupported',
    {
      refuses: (body) =>
        choice(body, 'required') ? 'tool_choice required is not supported' : undefined,
    },
  ],
  [
    'refuses required with the status 500',
    'tools/choice-required: unsupported',
    {
      refuses: (body) =>
        choice(body, 'required') ? 'tools param requires --jinja flag' : undefined,
      refusal_status: 500,
    },
  ],
  [
    'one call of two',
    'tools/two-calls: warn',
    { answer: ({ tool_calls }) => ({ tool_calls: tool_calls.slice(0, 1) }) },
  ],
  [
    'one call of two when streamed',
    'modes/calls: fail',
    {
      chunks: (chunks) =>
        chunks.filter(({ choices: [one] }) => !(one?.delta.tool_calls?.[0].index > 0)),
    },
  ],
  [
    'every call twice',
    'tools/right-call: fail',
    {
      answer: ({ tool_calls }) => ({
        tool_calls: tool_calls.flatMap((call) => [call, { ...call, id: `${call.id}b` }]),
      }),
    },
  ],
  [
    'refuses the result',
    'tools/result-sent: unsupported',
    { refuses: (body) => (hasResult(body) ? "role 'tool' is unknown" : undefined) },
  ],
  [
    'does not read the result',
    'tools/result-used: fail',
    answers(hasResult, () => 'The station is North.'),
  ],
  [
    'calls again after the result',
    'tools/result-used: fail',
    {
      asked: (request, body) => (hasResult(body) ? { messages: request.messages.slice(0, 1) } : {}),
    },
  ],
  [
    'refuses reasoning of the turn before',
    'tools/reasoning-kept: unsupported',
    {
      asked: () => ({ enable_thinking: true }),
      refuses: ({ messages }) =>
        messages.some((one: Json) => one.reasoning_content)
          ? 'reasoning_content is not allowed'
          : undefined,
    },
  ],
];
