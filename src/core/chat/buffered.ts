import { wireErrorOf, wireErrorOfText } from '../api/wire-error.ts';
import { given } from '../given.ts';
import { BODY_CAP, bodyTooLarge, readBeginning, withText } from '../http/body.ts';
import type { HttpResponse } from '../http/message.ts';
import { isFields, jsonOrUndefined } from '../json.ts';
import type { Assembled } from './assembly.ts';
import {
  choicesOf,
  type Chunk,
  failed,
  PLAIN_TEXT,
  readAnswer,
  unquoted,
  unwrapped,
} from './chunk.ts';
import { closedJson } from './cut-json.ts';
import { answerTooLarge, type Incoming, LARGE } from './incoming.ts';
import { answerOf, malformed, withoutChoice } from './malformed.ts';
import { createRests } from './rest.ts';
import { splitThinking } from './thinking.ts';
import { createToolCalls } from './tool-calls.ts';

/**
 * Reads an answer that is one JSON document. Delivers its reasoning and its content as one delta each,
 * and each tool call as one; of a document that is too large what has arrived.
 * @throws ProtocolError `malformed_answer`, `body_too_large`, `answer_too_large`
 * @throws AuthError, ApiError, QuotaError for an error that the server reports in the answer
 */
export async function readBuffered(incoming: Incoming): Promise<Assembled> {
  const { response, context, deliver, raw_thinking, max_answer } = incoming;
  const { chunk, complete } = await readBody(incoming, Math.max(BODY_CAP, max_answer));
  if (typeof chunk === 'string') {
    const { readStream } = await import('./stream.ts');
    return readStream({ ...incoming, response: withText(response, chunk) });
  }
  const answer = assemble(chunk, raw_thinking);
  if (answer.content.length + answer.reasoning.length > LARGE) incoming.collector?.afterLarge();
  if (answer.reasoning !== '') await deliver({ type: 'reasoning', text: answer.reasoning });
  if (answer.content !== '') await deliver({ type: 'content', text: answer.content });
  for (const [index, { id, name, arguments: args }] of answer.tool_calls.entries()) {
    await deliver(given({ type: 'tool_call' as const, index, id, name, arguments: args }));
  }
  if (chunk.error === undefined) {
    if (!complete || sizeOf(answer) > max_answer) throw answerTooLarge(incoming, false);
    return answer;
  }
  const { reportedError } = await import('../api/refusal.ts');
  throw reportedError(chunk.error, response, context);
}

/** The answer, or the events of a list of JSON documents. The text of the body is free again. */
async function readBody(
  { response, collector }: Incoming,
  cap: number,
): Promise<{ chunk: Chunk | string; complete: boolean }> {
  let next = LARGE;
  const { text, complete } = await readBeginning(response, cap, (size) => {
    if (size < next) return;
    next += LARGE;
    collector?.afterLarge();
  });
  if (!complete) return { chunk: readCut(text, response, cap), complete };
  const chunk = isLines(text)
    ? asEvents(text)
    : answerOf(response.host, () => readWhole(text, response.host));
  return { chunk, complete };
}

/** What has arrived of an answer. The beginning of something else is an error of its own. */
function readCut(text: string, response: HttpResponse, cap: number): Chunk {
  try {
    return readWhole(closedJson(text), response.host);
  } catch {
    throw bodyTooLarge(response, cap);
  }
}

/** Bytes of the text of an answer. */
function sizeOf({ content, reasoning, refusal, tool_calls }: Assembled): number {
  return [content, reasoning, refusal, ...tool_calls.map((call) => call.arguments)]
    .map((text) => Buffer.byteLength(text))
    .reduce((sum, size) => sum + size, 0);
}

/** Whether a body is a list of JSON documents, one a line (`application/x-ndjson`). */
function isLines(text: string): boolean {
  const whole = text.trim();
  const end = whole.indexOf('\n');
  if (end === -1) return false;
  return isFields(jsonOrUndefined(whole.slice(0, end))) && jsonOrUndefined(text) === undefined;
}

function asEvents(text: string): string {
  return text.replaceAll(/^(?=.)/gm, 'data: ').replaceAll('\n', '\n\n');
}

function readWhole(text: string, host: string): Chunk {
  if (text.trim() === '') throw malformed('is empty');
  const value = unquoted(jsonOrUndefined(text));
  if (value === undefined && PLAIN_TEXT.test(text)) return failed(wireErrorOfText(text.trim()));
  if (value === undefined) throw malformed('is not JSON');
  const item: unknown = Array.isArray(value) ? value[0] : value;
  if (!isFields(item)) throw malformed('is no chat completion (not an object)');
  const body = unwrapped(item);
  const error = wireErrorOf(body);
  const choices = choicesOf(body.choices);
  if (error === undefined && choices.length === 0) {
    // Gemini omits `choices` for a prompt that its filter stops, other servers when they are too busy.
    if ('choices' in body || 'usage' in body) throw withoutChoice(host);
    throw malformed('is no chat completion (at choices)');
  }
  const chunk = readAnswer(body, undefined, { whole: true });
  if (chunk.error === undefined && !choices.some(holdsAnswer)) {
    throw malformed('is no chat completion (at choices.0.message)');
  }
  return chunk;
}

function holdsAnswer(choice: unknown): boolean {
  if (!isFields(choice)) return typeof choice === 'string';
  return ['message', 'delta', 'text', 'finish_reason'].some((name) => name in choice);
}

function assemble(chunk: Chunk, raw_thinking: boolean): Assembled {
  const { refusal, finish_reason, usage, model, id, has_choice } = chunk;
  const rests = createRests();
  rests.add(chunk.rest);
  const split = raw_thinking
    ? { reasoning: '', content: chunk.content }
    : splitThinking(chunk.content);
  const { content } = split;
  const reasoning = chunk.reasoning + split.reasoning;
  const tools = createToolCalls();
  for (const piece of chunk.tool_calls) tools.add(piece);
  const tool_calls = tools.calls();
  const text = { content, reasoning, refusal, tool_calls, finish_reason };
  return { ...text, usage, model, id, has_choice, chunks: 1, rest: rests.result() };
}
