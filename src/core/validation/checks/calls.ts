import { isFields, jsonOrUndefined } from '../../json.ts';
import type { Checks } from '../checks.ts';
import { type Exchange, quoteAnswer } from '../probes/probe.ts';
import { CALLING } from './finish.ts';
import { type Fields, isSaid, shown, takeApart } from './sent.ts';

/** A function that a request offers. */
export interface OfferedTool {
  type: 'function';
  function: { name: string; description: string; parameters: Fields };
}

/** A call by the letter of the API: its fields are what the server sent. */
interface SentCall {
  id: unknown;
  type: unknown;
  name: unknown;
  arguments: unknown;
}

/**
 * Judges the form of the calls of an answer as the SDKs of agents read them: `tools/form`, `tools/id`,
 * `tools/type`, `tools/arguments-are-a-string`, `tools/arguments-are-json`,
 * `tools/arguments-fit-the-schema`, `tools/finish-reason`.
 * @param forced a call was demanded: OpenAI then ends with `stop`, others with `tool_calls`
 */
export async function judgeCalls(
  exchange: Exchange,
  tools: readonly OfferedTool[],
  { judge, pass, warn }: Checks,
  { forced = false } = {},
): Promise<void> {
  const { calls, problem, flaw } = sentCalls(exchange);
  if (problem === undefined && flaw !== undefined) warn('tools/form', flaw);
  else judge('tools/form', problem);
  judge('tools/id', idProblem(calls));
  const untyped = calls.find(({ type }) => type !== 'function');
  if (untyped === undefined) pass('tools/type');
  else if (isSaid(untyped.type)) {
    judge('tools/type', `Sent a call of the type ${shown(untyped.type)}, not "function"`);
  } else warn('tools/type', 'Sent a call without the type "function"');

  const odd = calls.find((call) => typeof call.arguments !== 'string');
  judge(
    'tools/arguments-are-a-string',
    odd && `Sent the arguments ${shown(odd.arguments)}, not a text of JSON`,
  );
  for (const call of calls) {
    if (typeof call.arguments !== 'string') continue;
    const value = jsonOrUndefined(call.arguments);
    const given = quoteAnswer(call.arguments);
    judge(
      'tools/arguments-are-json',
      isFields(value) ? undefined : `Sent the arguments ${given}, which are no JSON object`,
    );
    if (!isFields(value)) continue;
    const mismatch = await mismatchOf(call.name, value, tools);
    judge(
      'tools/arguments-fit-the-schema',
      mismatch && `Sent the arguments ${given}, which do not fit the schema: ${mismatch}`,
    );
  }
  judge('tools/finish-reason', finishProblem(exchange, forced));
}

function finishProblem({ answer }: Exchange, forced: boolean): string | undefined {
  const { finish_reason = '(none)', tool_calls } = answer;
  if (tool_calls.length === 0 || CALLING.has(finish_reason)) return undefined;
  if (forced && finish_reason === 'stop') return undefined;
  return `Called a function, but ended with the finish_reason ${finish_reason}, not tool_calls`;
}

async function mismatchOf(
  name: unknown,
  value: Fields,
  tools: readonly OfferedTool[],
): Promise<string | undefined> {
  const tool = tools.find((one) => one.function.name === name);
  if (tool === undefined) return `there is no function ${shown(name)}`;
  const { parameters } = tool.function;
  let validate = VALIDATORS.get(parameters);
  if (validate === undefined) {
    const { compileSchema } = await import('../../chat/json-schema.ts');
    validate = compileSchema(parameters);
    VALIDATORS.set(parameters, validate);
  }
  return validate(value);
}

/** To compile one takes about 10 ms, and a run judges thousands of calls. */
const VALIDATORS = new WeakMap<Fields, (value: unknown) => string | undefined>();

function idProblem(calls: readonly SentCall[]): string | undefined {
  const ids = calls.map(({ id }) => id);
  const odd = ids.findIndex((id) => typeof id !== 'string' || id.trim() === '');
  if (odd !== -1)
    return `Sent a call with the id ${shown(ids[odd])}, to which no result can be sent`;
  return new Set(ids).size < ids.length ? `Sent ${ids.length} calls with the same id` : undefined;
}

/** The calls, what makes SDKs lose one of them, and what only some of them mind. */
interface ReadCalls {
  calls: SentCall[];
  problem?: string | undefined;
  flaw?: string | undefined;
}

function sentCalls(exchange: Exchange): ReadCalls {
  const sent = takeApart(exchange);
  const { tool_calls } = exchange.answer;
  if (sent === undefined)
    return { calls: tool_calls.map((call) => ({ ...call, type: 'function' })) };
  const lists = sent.bodies
    .map(({ first }) => first?.message?.tool_calls)
    .filter((list) => isSaid(list));
  const odd = lists.find((list) => !Array.isArray(list));
  if (odd !== undefined)
    return { calls: [], problem: `Sent the tool_calls ${shown(odd)}, not a list` };
  const pieces = (lists as unknown[][]).flat();
  const read = sent.streamed ? joinedCalls(pieces) : { calls: pieces.map(callOf) };
  if (read.problem !== undefined || read.calls.length === tool_calls.length) return read;
  const problem =
    read.calls.length === 0
      ? 'Sent its call outside tool_calls'
      : `Sent ${tool_calls.length} calls, which the SDKs of agents read as ${read.calls.length}`;
  return { ...read, problem };
}

function callOf(call: unknown): SentCall {
  const { id, type, function: called } = isFields(call) ? call : ({} as Fields);
  const { name, arguments: args } = isFields(called) ? called : ({} as Fields);
  return { id, type, name, arguments: args };
}

/** Joins the pieces as OpenAI's SDKs do: by their index alone. */
function joinedCalls(pieces: readonly unknown[]): ReadCalls {
  const calls: SentCall[] = [];
  let flaw: string | undefined;
  for (const piece of pieces) {
    const index = isFields(piece) ? piece.index : undefined;
    const { id, type, name, arguments: args } = callOf(piece);
    if (typeof index !== 'number' || !Number.isInteger(index)) {
      return { calls, problem: `Sent a piece of a call with the index ${shown(index)}` };
    }
    const call = calls[index];
    if (call === undefined) {
      if (index !== calls.length) {
        return { calls, problem: `Began the call ${calls.length} with the index ${index}` };
      }
      if (!isText(name)) return { calls, problem: 'Began a call without the name of its function' };
      calls.push({ id, type, name, arguments: args ?? '' });
      continue;
    }
    if (isText(id) && id !== call.id) {
      const problem = `Sent two ids for the call of the index ${index}, so that two calls become one`;
      return {
        calls,
        problem: call.id === undefined ? 'Sent the id after the first piece' : problem,
      };
    }
    if (isText(name) && name !== call.name) {
      return { calls, problem: `Sent the name ${shown(call.name)} and then ${shown(name)}` };
    }
    if (isText(name)) flaw ??= 'Sent the name of the function in more than one piece';
    if (isText(id)) flaw ??= 'Sent the id of the call in more than one piece';
    if (isSaid(args)) call.arguments = joinedTexts(call.arguments, args);
  }
  return { calls, flaw };
}

const isText = (value: unknown) => isSaid(value) && value !== '';

/** A piece that is no text stays as it is, so that it is found. */
function joinedTexts(before: unknown, piece: unknown): unknown {
  return typeof before === 'string' && typeof piece === 'string' ? before + piece : piece;
}

/** What models write for a call in their own formats, when the server does not read it. */
const MARKUP =
  /<\/?(tool_call|function_calls?|tool_use|invoke|tools?_calls?|minimax:tool_call|seed:tool_call|arg_key|arg_value|parameter)\b|<function=|<\|(tool_calls?_section_begin|tool_call_begin|tool_call_argument_begin|tool_call|python_tag|channel|message|call|tool_calls_begin)\|?>|\[TOOL_CALLS\]|\[ARGS\]|<｜tool[▁_ ]?(calls?|sep|outputs?)|✿FUNCTION✿|\bAction Input:|functools\[|<action>/i;

/** `tools/no-markup`: the text of an answer holds no call in the format of the model. */
export function markupProblem(
  { answer: { content } }: Exchange,
  tools: readonly OfferedTool[],
): string | undefined {
  const mark = MARKUP.exec(content)?.[0] ?? jsonCall(content, tools);
  return mark === undefined
    ? undefined
    : `Wrote a call into the text: ${quoteAnswer(content.slice(Math.max(0, content.indexOf(mark))))}`;
}

/** `{"name": "weather_forecast", "arguments": …}`, as Llama and Hermes write it. */
function jsonCall(content: string, tools: readonly OfferedTool[]): string | undefined {
  const called = tools.find(({ function: { name } }) =>
    new RegExp(
      String.raw`["']?(name|function|tool)["']?\s*[:=]\s*["']${name}["']|\b${name}\(`,
    ).test(content),
  );
  return called?.function.name;
}
