import type { Lie } from '../../helpers/lying-models.ts';
import { answers, calls, isFirst, pieces, value, writes } from '../../helpers/tool-lies.ts';

/** A lie about calls, and the check that finds it. */
export const TOOL_LIES: readonly [string, string, Lie][] = [
  [
    'arguments as an object',
    'tools/arguments-are-a-string: fail',
    calls((call) => {
      if (call.function.arguments) call.function.arguments = { city: 'Oslo' };
    }),
  ],
  ['broken JSON', 'tools/arguments-are-json: fail', writes((json) => json.slice(0, -1))],
  ['JSON in JSON', 'tools/arguments-are-json: fail', writes((json) => JSON.stringify(json))],
  [
    'words after the arguments',
    'tools/arguments-are-json: fail',
    writes((json) => `${json}</tool_call>`),
  ],
  [
    'a number as text',
    'tools/arguments-fit-the-schema: fail',
    value((args) => {
      if (args.options) args.options.days = String(args.options.days);
    }),
  ],
  [
    'another word of an enum',
    'tools/arguments-fit-the-schema: fail',
    value((args) => {
      if (args.unit) args.unit = 'kelvin';
    }),
  ],
  [
    'one argument more',
    'tools/arguments-fit-the-schema: fail',
    value((args) => {
      args.note = 'x';
    }),
  ],
  [
    'one argument less',
    'tools/arguments-fit-the-schema: fail',
    value((args) => {
      delete args.options?.wind;
    }),
  ],
  [
    'a flat object',
    'tools/arguments-fit-the-schema: fail',
    value((args) => {
      Object.assign(args, args.options);
      delete args.options;
    }),
  ],
  [
    'nested JSON as text',
    'tools/arguments-fit-the-schema: fail',
    value((args) => {
      if (args.options) args.options = JSON.stringify(args.options);
    }),
  ],
  [
    'another city',
    'tools/right-call: fail',
    value((args) => {
      if (args.city) args.city = 'Paris';
    }),
  ],
  [
    'no id',
    'tools/id: fail',
    calls((call) => {
      delete call.id;
    }),
  ],
  [
    'an empty id',
    'tools/id: fail',
    calls((call) => {
      call.id = '';
    }),
  ],
  [
    'a number as id',
    'tools/id: fail',
    calls((call) => {
      if (call.id) call.id = 7;
    }),
  ],
  [
    'no type',
    'tools/type: warn',
    calls((call) => {
      delete call.type;
    }),
  ],
  [
    'another type',
    'tools/type: fail',
    calls((call) => {
      if (call.type) call.type = 'tool';
    }),
  ],
  [
    'no index',
    'tools/form: fail',
    pieces((call) => {
      delete call.index;
    }),
  ],
  [
    'indexes from 1',
    'tools/form: fail',
    pieces((call) => {
      call.index += 1;
    }),
  ],
  [
    'the name in each piece',
    'tools/form: warn',
    pieces((call, _, all) => {
      call.function.name ??= all[0].function.name;
    }),
  ],
  [
    'the id in each piece',
    'tools/form: warn',
    pieces((call, index, all) => {
      call.id ??= all.slice(0, index).findLast(({ id }) => id).id;
    }),
  ],
  [
    'a function_call',
    'tools/form: fail',
    {
      chunks: (chunks) => {
        for (const {
          choices: [one],
        } of chunks)
          if (one?.delta.tool_calls) {
            one.delta.function_call = one.delta.tool_calls[0].function;
            delete one.delta.tool_calls;
          }
        return chunks;
      },
    },
  ],
  [
    'stop after calls',
    'tools/finish-reason: fail',
    {
      answer: ({ finish_reason }, _, body) => ({
        finish_reason:
          finish_reason === 'tool_calls' && !('tool_choice' in body) ? 'stop' : finish_reason,
      }),
    },
  ],
  [
    'markup of Qwen',
    'tools/no-markup: fail',
    answers(
      isFirst,
      () => '<tool_call>\n{"name": "weather_forecast", "arguments": {}}\n</tool_call>',
    ),
  ],
  [
    'markup of Qwen beside the call',
    'tools/no-markup: fail',
    { answer: ({ tool_calls }) => (tool_calls.length > 0 ? { content: '<tool_call>' } : {}) },
  ],
  [
    'markup of Kimi',
    'tools/no-markup: fail',
    answers(
      isFirst,
      () => '<|tool_calls_section_begin|><|tool_call_begin|>functions.weather_forecast:0',
    ),
  ],
  [
    'markup of Mistral',
    'tools/no-markup: fail',
    answers(isFirst, () => '[TOOL_CALLS]weather_forecast[ARGS]{"city": "Oslo"}'),
  ],
  [
    'markup of DeepSeek',
    'tools/no-markup: fail',
    answers(isFirst, () => '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>'),
  ],
  [
    'markup of Qwen3-Coder',
    'tools/no-markup: fail',
    answers(isFirst, () => '<function=weather_forecast>\n<parameter=city>\nOslo\n</parameter>'),
  ],
  [
    'markup of Llama',
    'tools/no-markup: fail',
    answers(isFirst, () => '{"name": "weather_forecast", "parameters": {"city": "Oslo"}}'),
  ],
];
