import { isFields, jsonOrUndefined } from '../json.ts';
import { malformed } from './malformed.ts';
import type { ToolCallPiece } from './tool-calls.ts';

type Fields = Readonly<Record<string, unknown>>;

/** What a delta or a message holds. Text that is absent is ''. */
export interface MessageParts {
  reasoning: string;
  /** The text of the answer, wherever the server puts it, a refusal included. */
  content: string;
  /** The part of `content` in which the model refuses to answer. */
  refusal: string;
  tool_calls: readonly ToolCallPiece[];
}

const NO_PIECES: readonly ToolCallPiece[] = [];

/** The parts of an answer without a choice. */
export const NOTHING: MessageParts = {
  reasoning: '',
  content: '',
  refusal: '',
  tool_calls: NO_PIECES,
};

/**
 * The parts of a delta or message. The text is its `content`, else its `audio.transcript`, else the
 * `text` of its choice (the older completions API) or its own, and then its `refusal`.
 * @throws Malformed for a field of a wrong type that would lose a piece of the answer
 */
export function messageParts(message: Fields | undefined, choice: Fields): MessageParts {
  const { content, audio, refusal, tool_calls, function_call } = message ?? {};
  // The ordinary chunk: text and nothing else.
  const text = typeof content === 'string' ? content : contentText(content);
  const spoken = text === '' ? otherText(audio, choice.text ?? message?.text) : text;
  const refused = typeof refusal === 'string' ? refusal : refusalOf(content);
  const calls = isAbsent(tool_calls) ? NO_PIECES : toolCallPieces(tool_calls);
  return {
    reasoning: reasoningText(message) || thinkingOf(content),
    content: spoken + refused,
    refusal: refused,
    tool_calls:
      calls.length === 0 && isFields(function_call)
        ? [pieceOf({ function: function_call })]
        : calls,
  };
}

function otherText(audio: unknown, text: unknown): string {
  if (isFields(audio) && typeof audio.transcript === 'string') return audio.transcript;
  return typeof text === 'string' ? text : '';
}

/**
 * The text of a content, '' for null and undefined. Of a list it is the text of all its strings and
 * parts; of one object that is no part, its JSON.
 */
function contentText(content: unknown): string {
  if (Array.isArray(content)) return content.map(partText).join('');
  if (!isFields(content)) return typeof content === 'number' ? String(content) : '';
  const isPart = 'text' in content || 'type' in content || Object.keys(content).length === 0;
  return isPart ? partText(content) : JSON.stringify(content);
}

function partText(part: unknown): string {
  if (typeof part === 'string') return part;
  if (!isFields(part)) return '';
  if (part.type === 'thinking' || part.type === 'reasoning') return '';
  const { text = part.content ?? part.value } = part;
  if (isFields(text) && typeof text.value === 'string') return text.value;
  return typeof text === 'string' ? text : '';
}

function partsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : isFields(content) ? [content] : [];
}

function refusalOf(content: unknown): string {
  if (typeof content === 'string' || isAbsent(content)) return '';
  return partsOf(content)
    .map((part) => (isFields(part) && typeof part.refusal === 'string' ? part.refusal : ''))
    .join('');
}

/** The text of the parts `thinking` (Mistral: a list of parts; Anthropic: a string) and `reasoning`. */
function thinkingOf(content: unknown): string {
  if (typeof content === 'string' || isAbsent(content)) return '';
  return partsOf(content)
    .map((part) => {
      if (!isFields(part) || (part.type !== 'thinking' && part.type !== 'reasoning')) return '';
      const thought = part.thinking ?? part.reasoning ?? part.text;
      return typeof thought === 'string' ? thought : partsOf(thought).map(partText).join('');
    })
    .join('');
}

/**
 * The reasoning of a delta or message, '' if there is none. DashScope names it `reasoning_content`,
 * vLLM and Ollama name it `reasoning`; some servers send both with the same text. Others have
 * `thinking`, an object with a text, or only `reasoning_details` (MiniMax, OpenRouter).
 */
function reasoningText(message: Fields | undefined): string {
  if (message === undefined) return '';
  const { reasoning_content, reasoning, thinking, reasoning_details } = message;
  if (typeof reasoning_content === 'string' && reasoning_content !== '') return reasoning_content;
  if (typeof reasoning === 'string' && reasoning !== '') return reasoning;
  if (typeof thinking === 'string' && thinking !== '') return thinking;
  const others = reasoning || thinking || reasoning_details;
  return others ? partsOf(others).map(detailText).join('') : '';
}

/** The text of a part of the reasoning. */
function detailText(part: unknown): string {
  if (!isFields(part)) return '';
  const { text = part.summary ?? part.content } = part;
  return typeof text === 'string' ? text : '';
}

/**
 * The tool calls of a delta or message: a list, one call, or an object of calls. Fields that are empty
 * or of a wrong type are undefined.
 */
function toolCallPieces(calls: unknown): ToolCallPiece[] {
  const value = typeof calls === 'string' && calls !== '' ? jsonOrUndefined(calls) : calls;
  if (value === undefined) throw malformed('has tool calls that are not a list');
  if (!isFields(value)) {
    return Array.isArray(value) ? value.filter((call) => !isAbsent(call)).map(pieceOf) : [];
  }
  return 'function' in value ? [pieceOf(value)] : Object.values(value).map(pieceOf);
}

/** The `function` of a call is an object or its name; OpenAI also has calls of a `custom` tool. */
function pieceOf(piece: unknown): ToolCallPiece {
  const call = fieldsOr(piece, 'tool call') ?? {};
  const { index, id, function: given = call.custom ?? call } = call;
  const called = typeof given === 'string' ? { ...call, name: given } : fieldsOr(given, 'function');
  const { name, arguments: args = called?.input } = called ?? {};
  const at = idOf(index);
  return {
    index: at === undefined || !/^\d{1,9}$/.test(at) ? undefined : Number(at),
    id: idOf(id),
    name: typeof name === 'string' && name !== '' ? name : undefined,
    // OpenAI sends a JSON text; Ollama's native API sends the object itself.
    arguments: typeof args === 'string' ? args : isAbsent(args) ? '' : JSON.stringify(args),
  };
}

/** An id, which some servers send as a number; undefined if it is empty. */
export function idOf(id: unknown): string | undefined {
  if (typeof id === 'string') return id === '' ? undefined : id;
  return typeof id === 'number' ? String(id) : undefined;
}

/** An object, or undefined for null, undefined and an empty list. @throws Malformed */
export function fieldsOr(value: unknown, name: string): Fields | undefined {
  if (isAbsent(value) || (Array.isArray(value) && value.length === 0)) return undefined;
  if (isFields(value)) return value;
  throw malformed(`has a ${name} that is not an object`);
}

/** Whether a field is null or missing. */
export function isAbsent(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}
