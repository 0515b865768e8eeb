import { isFields, type WireError, wireErrorOf, wireErrorOfText } from '../api/wire-error.ts';
import { jsonOrUndefined } from '../json.ts';
import type { Usage } from './answer.ts';
import type { ServerSentEvent } from './sse.ts';
import type { ToolCallPiece } from './tool-calls.ts';
import { ProtocolError } from '../errors.ts';

/** One chunk: the JSON of one event of a streamed answer. Text that is absent is ''. */
export interface Chunk {
  reasoning: string;
  content: string;
  tool_calls: readonly ToolCallPiece[];
  finish_reason: string | undefined;
  usage: Usage | undefined;
  /** Whether the chunk has a choice, also an empty one. */
  has_choice: boolean;
  id: string | undefined;
  model: string | undefined;
  /** The error that the server reports in place of a chunk. */
  error: WireError | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

const NO_PIECES: readonly ToolCallPiece[] = [];

/**
 * Reads the JSON of one event. Written without a schema library because it runs for every token.
 * Ignores null and unknown fields. A known field of a wrong type is an error, because ignoring it
 * would lose a piece of the answer. Reads the choice with index 0 only.
 * @throws ProtocolError `malformed_answer`
 */
export function parseChunk(event: ServerSentEvent, host: string): Chunk {
  return answerOf(host, () => readChunk(event));
}

function readChunk({ event, data }: ServerSentEvent): Chunk {
  if (event === 'error') return failed(wireErrorOfText(data));
  const body = bodyOf(data);
  const choices = body.choices;
  if (body.error !== undefined || !Array.isArray(choices)) {
    const error = wireErrorOf(body);
    if (error) return failed(error);
  }
  const choice = firstChoice(choices);
  // Some servers send a `message` in place of the `delta`.
  const delta = fieldsOr(choice?.delta ?? choice?.message, 'delta');
  const finish_reason = finishReason(choice?.finish_reason);
  const content = contentText(delta?.content);
  if (finish_reason === 'error_finish') return failed(wireErrorOfText(content));
  return {
    reasoning: reasoningText(delta),
    content,
    tool_calls: isAbsent(delta?.tool_calls) ? NO_PIECES : toolCallPieces(delta.tool_calls),
    finish_reason,
    usage: isAbsent(body.usage) ? undefined : usageOf(body.usage),
    has_choice: choice !== undefined,
    id: typeof body.id === 'string' ? body.id : undefined,
    model: typeof body.model === 'string' ? body.model : undefined,
    error: undefined,
  };
}

function failed(error: WireError): Chunk {
  return {
    reasoning: '',
    content: '',
    tool_calls: NO_PIECES,
    finish_reason: undefined,
    usage: undefined,
    has_choice: false,
    id: undefined,
    model: undefined,
    error,
  };
}

function bodyOf(data: string): Fields {
  const value = jsonOrUndefined(data);
  if (value === undefined) throw malformed('holds an event that is not JSON');
  if (isFields(value)) return value;
  // Some servers send an error as the only item of a list.
  if (Array.isArray(value) && isFields(value[0]) && 'error' in value[0]) return value[0];
  throw malformed('holds an event that is not a JSON object');
}

function firstChoice(choices: unknown): Fields | undefined {
  if (isAbsent(choices)) return undefined;
  if (!Array.isArray(choices)) throw malformed('has choices that are not a list');
  const first: unknown = choices.length === 1 ? choices[0] : choices.find(isFirst);
  const choice = fieldsOr(first, 'choice');
  return choice && isFirst(choice) ? choice : undefined;
}

function isFirst(choice: unknown): boolean {
  return !isFields(choice) || isAbsent(choice.index) || choice.index === 0;
}

function fieldsOr(value: unknown, name: string): Fields | undefined {
  if (isAbsent(value)) return undefined;
  if (isFields(value)) return value;
  throw malformed(`has a ${name} that is not an object`);
}

function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/**
 * The text of a content, '' for null and undefined. Of a list of parts (OpenAI) it is the text of all
 * parts.
 */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content;
  if (isAbsent(content)) return '';
  if (!Array.isArray(content)) throw malformed('has content that is not text');
  return content
    .map((part: unknown) => (isFields(part) && typeof part.text === 'string' ? part.text : ''))
    .join('');
}

/**
 * The reasoning of a delta or message, '' if there is none. DashScope names it `reasoning_content`,
 * vLLM and Ollama name it `reasoning`; some servers send both with the same text.
 */
export function reasoningText(delta: Fields | undefined): string {
  if (delta === undefined) return '';
  const { reasoning_content, reasoning } = delta;
  if (typeof reasoning_content === 'string' && reasoning_content !== '') return reasoning_content;
  return typeof reasoning === 'string' ? reasoning : '';
}

/** Undefined before the last chunk: null, absent, or the string `null` of DashScope's native protocol. */
export function finishReason(reason: unknown): string | undefined {
  return typeof reason === 'string' && reason !== '' && reason !== 'null' ? reason : undefined;
}

/** The tool calls of a delta or message. Fields that are empty or of a wrong type are undefined. */
export function toolCallPieces(pieces: unknown): ToolCallPiece[] {
  if (!Array.isArray(pieces)) throw malformed('has tool calls that are not a list');
  return pieces.map((piece: unknown) => {
    const call = fieldsOr(piece, 'tool call');
    const called = fieldsOr(call?.function, 'function');
    const { index, id } = call ?? {};
    const { name, arguments: args } = called ?? {};
    return {
      index: typeof index === 'number' ? index : undefined,
      id: typeof id === 'string' && id !== '' ? id : undefined,
      name: typeof name === 'string' && name !== '' ? name : undefined,
      // OpenAI sends a JSON text; Ollama's native API sends the object itself.
      arguments: typeof args === 'string' ? args : isAbsent(args) ? '' : JSON.stringify(args),
    };
  });
}

/** The counts that are numbers, undefined if there is none. */
export function usageOf(value: unknown): Usage | undefined {
  if (!isFields(value)) return undefined;
  const prompt = isFields(value.prompt_tokens_details) ? value.prompt_tokens_details : {};
  const completion = isFields(value.completion_tokens_details)
    ? value.completion_tokens_details
    : {};
  const counts = {
    prompt_tokens: value.prompt_tokens,
    completion_tokens: value.completion_tokens,
    total_tokens: value.total_tokens,
    cached_tokens: prompt.cached_tokens,
    reasoning_tokens: completion.reasoning_tokens,
  };
  const numbers = Object.entries(counts).filter(([, count]) => typeof count === 'number');
  return numbers.length === 0 ? undefined : Object.fromEntries(numbers);
}

/** Its message is a predicate, such as "is not JSON": the reader of a value does not know the host. */
class Malformed extends Error {}

/** An error to throw within {@link answerOf}. `what` continues "HOST sent an answer that". */
export function malformed(what: string): Error {
  return new Malformed(what);
}

/**
 * Returns the result of `read`, which reads an answer of `host`.
 * @throws ProtocolError `malformed_answer` for an error of {@link malformed}; other errors unchanged
 */
export function answerOf<T>(host: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new ProtocolError(`${host} sent an answer that ${error.message}`, {
      code: 'malformed_answer',
      hint: 'Check that the base URL is that of an OpenAI-compatible API; most end in /v1.',
    });
  }
}
