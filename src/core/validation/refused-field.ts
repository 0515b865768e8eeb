import type { ChatRequest } from '../chat/answer.ts';
import { ApiError, type QwenDemoError } from '../errors.ts';
import { type Dialect, MAX_TOKENS, MAX_TOKENS_FIELDS } from './dialect.ts';

/** A part of a request that the server refused, and the dialect that does without it. */
export interface RefusedField {
  kind: 'field' | 'role' | 'mode';
  /** `temperature`, `stream_options`, `system`, `whole`. */
  what: string;
  dialect: Dialect;
  /** Of this request alone: others may be answered as they are. */
  once?: boolean;
}

/** What a probe is about: a request without it would ask something else. */
const SUBJECTS = new Set([
  'tools',
  'tool_choice',
  'parallel_tool_calls',
  'response_format',
  'stop',
  'logprobs',
  'n',
]);

/** The words of a server for a field, a value or a role that it does not take. */
const REFUSES =
  /\b(un(supported|recogni[sz]ed|known|expected)|(not|n't|never|no longer) (be )?(support|allow|permit|accept|implement|recogni[sz]e|valid|a valid)\w*|not support|only (the default|\S+ is (allowed|supported))|extra[_ ]?(inputs?|fields?|forbidden)|additional propert|invalid|illegal|forbidden|must alternate)|不支持|非法|无效|未知/i;

/** The words of servers that answer streamed requests alone. */
const STREAM_ALONE =
  /\bonly (be )?(support|allow|accept|work|available)\w*( for| with| in)?( the)? .?stream|\b(only|solely) (in |with )?stream(ed|ing)?\b( mode| output| requests?| calls?| responses?)? (is|are) (supported|allowed|available)|stream(ing)?[- ]only|\b(not|n't) (support|allow|accept)\w* .?non-?stream|non-?stream\w*( \w+)? (is|are) not (supported|allowed|available)|for non-?streaming calls|stream\W{0,3} (parameter )?(must|should|has to|needs to) be (set to )?(true|enabled)|(set|enable) (the )?.?stream.? ?(parameter|to true|=)|requires? stream(ing)?\b|stream(ing)? is required|[仅只]支持流式|不支持非流式/i;

/** Templates and servers that know no system text: Gemma, o1-mini, Claude. */
const SYSTEM_ROLE =
  /\broles? .{0,20}\b(system|developer)\b|\b(system|developer)['"\]]* (role|message|prompt)|\brole\b.{0,60}['"](system|developer)['"]|roles must alternate/i;

/**
 * The dialect without what the server refused, or undefined when it refused something else. A limit
 * of tokens gets its other name, a system text becomes a part of the question, any other field is
 * left out.
 * @param request as it was sent
 */
export function withoutRefused(
  request: ChatRequest,
  dialect: Dialect,
  error: QwenDemoError,
): RefusedField | undefined {
  if (!isRefusal(error)) return undefined;
  const { message, code } = error;
  const { parameters = {} } = request;
  if (code === 'max_tokens_unsupported' && parameters.max_tokens !== undefined) {
    const max_tokens_field = 'max_completion_tokens';
    return { kind: 'field', what: 'max_tokens', dialect: { ...dialect, max_tokens_field } };
  }
  if (!request.stream && STREAM_ALONE.test(message)) {
    const thinking = parameters.enable_thinking === true;
    const alone = { ...dialect, stream_only: true };
    const what = thinking ? 'thinking-whole' : 'whole';
    return { kind: 'mode', what, dialect: alone, once: thinking };
  }
  if (!REFUSES.test(message)) return undefined;
  const fields = Object.keys(parameters).filter((name) => isExtra(name, parameters[name]));
  const sent = request.stream ? [...fields, 'stream_options'] : fields;
  const field = sent.find((name) => isNamed(name, message));
  if (field !== undefined && dialect.refused?.includes(field) !== true) {
    return without(field, dialect);
  }
  const { system_role = 'system' } = dialect;
  const asSystem = request.messages.some(({ role }) => role === system_role);
  if (!asSystem || system_role === 'user' || !SYSTEM_ROLE.test(message)) return undefined;
  return { kind: 'role', what: system_role, dialect: { ...dialect, system_role: 'user' } };
}

function isExtra(name: string, value: unknown): boolean {
  if (value === undefined || SUBJECTS.has(name)) return false;
  // Fewer tokens than for an answer: the probe is about the limit itself.
  const isLimit = MAX_TOKENS_FIELDS.some((field) => field === name);
  return !(isLimit && typeof value === 'number' && value < MAX_TOKENS);
}

/** A server may say it with 400, 422 or, as templates fail, 500. */
function isRefusal(error: QwenDemoError): boolean {
  return error instanceof ApiError && ![401, 403, 404, 429].includes(error.status ?? 0);
}

/** Whether a message names a field, and not as a part of a longer name. */
function isNamed(name: string, message: string): boolean {
  const word = name.replaceAll(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);
  return new RegExp(`(?<![\\w-])${word}(?![\\w-])`, 'i').test(message);
}

function without(name: string, dialect: Dialect): RefusedField {
  const { refused = [] } = dialect;
  return { kind: 'field', what: name, dialect: { ...dialect, refused: [...refused, name] } };
}

/** The service does not support this kind of request. */
const REFUSED = new Set<number | undefined>([400, 413, 415, 422, 501]);

/** llama.cpp: `tools param requires --jinja flag`, `image input is not supported - hint: ...`. */
const UNABLE = /\b(not support(ed)?|unsupported|requires? --)/i;

/** Whether the server refused a request because it does not support what was asked. */
export function isRefused(error: unknown): error is ApiError {
  if (!(error instanceof ApiError)) return false;
  const { status, code, message } = error;
  return REFUSED.has(status) || code === 'bad_request' || (status === 500 && UNABLE.test(message));
}
