import type { ChatRequest } from '../chat/answer.ts';
import { type ChatMessage, userMessage } from '../chat/messages.ts';
import { given } from '../given.ts';
import type { HttpRequest } from '../http/message.ts';
import { isFields } from '../json.ts';

/** The fields that switch thinking on and off, by the name that the models file has for them. */
export const THINKING_DIALECTS = [
  'enable_thinking',
  'reasoning_effort',
  'chat_template_kwargs',
  'none',
] as const;

/** The fields that can carry the greatest number of tokens of an answer. */
export const MAX_TOKENS_FIELDS = ['max_tokens', 'max_completion_tokens'] as const;

/** What can become of a system text. */
export const SYSTEM_ROLES = ['system', 'developer', 'user', 'none'] as const;

/** How one model wants to be asked. An absent field means: as every other model. */
export interface Dialect {
  /** Further fields of every body; null leaves out a field that a probe sends. */
  extra_body?: Readonly<Record<string, unknown>>;
  /** Further headers of every request; lower-case names. */
  headers?: Readonly<Record<string, string>>;
  /** Tokens that an answer may have, in place of {@link MAX_TOKENS}. */
  max_tokens?: number;
  max_tokens_field?: (typeof MAX_TOKENS_FIELDS)[number];
  /** Absent: DashScope's field and that of vLLM and SGLang together. */
  thinking?: (typeof THINKING_DIALECTS)[number];
  /** The model answers streamed requests alone. */
  stream_only?: boolean;
  temperature?: number;
  /** `user`: the text stands before the question; `none`: it is left out. */
  system_role?: (typeof SYSTEM_ROLES)[number];
  /** Fields that the server refused: they are left out. */
  refused?: readonly string[];
}

/**
 * Tokens that an answer may have. Enough for reasoning: with a few tokens a reasoning model refuses or
 * sends an empty answer. Not more than 2048, which is the maximum of the smaller vision models of
 * DashScope.
 */
export const MAX_TOKENS = 2048;

/** The request of a probe in the dialect of its model. A field of `extra_body` is the last word. */
export function applyDialect(request: ChatRequest, dialect: Dialect): ChatRequest {
  const { extra_body = {}, stream_only = false, temperature, refused = [] } = dialect;
  const { max_tokens, enable_thinking, chat_template_kwargs, ...others } = request.parameters ?? {};
  const parameters: Record<string, unknown> = {
    ...others,
    ...given({ temperature }),
    ...limitFields(max_tokens, dialect),
    ...thinkingFields(enable_thinking, chat_template_kwargs, dialect.thinking),
  };
  for (const [name, value] of Object.entries(extra_body)) {
    const own = parameters[name];
    // Both are options of the template: those of the file do not switch off those of the probe.
    const joined = name === 'chat_template_kwargs' && isFields(own) && isFields(value);
    // JSON leaves out what is undefined, also `stream_options`, which the client adds.
    parameters[name] = joined ? { ...value, ...own } : (value ?? undefined);
  }
  for (const name of refused) parameters[name] = undefined;
  return {
    ...request,
    stream: request.stream || stream_only,
    messages: withRole(request.messages, dialect.system_role ?? 'system'),
    parameters,
  };
}

/** The headers of the dialect; those of the user's settings and the key win over them. */
export function withDialectHeaders(
  request: HttpRequest,
  headers: Dialect['headers'] = {},
): HttpRequest {
  const { secret_headers = [] } = request;
  const added = Object.entries(headers).filter(([name]) => !secret_headers.includes(name));
  if (added.length === 0) return request;
  return {
    ...request,
    headers: { ...request.headers, ...Object.fromEntries(added) },
    secret_headers: [...secret_headers, ...added.map(([name]) => name)],
  };
}

/** A probe about the limit itself asks for fewer tokens, which stay as they are. */
function limitFields(asked: unknown, { max_tokens, max_tokens_field = 'max_tokens' }: Dialect) {
  if (asked === undefined) return {};
  const few = typeof asked === 'number' && asked < MAX_TOKENS;
  return { [max_tokens_field]: few ? Math.min(asked, max_tokens ?? asked) : (max_tokens ?? asked) };
}

/** `reasoning_effort` has no "on": medium is the default of OpenAI's models. */
const EFFORT = { on: 'medium', off: 'none' } as const;

function thinkingFields(
  enable_thinking: unknown,
  chat_template_kwargs: unknown,
  dialect: Dialect['thinking'],
): Record<string, unknown> {
  if (typeof enable_thinking !== 'boolean') return given({ enable_thinking, chat_template_kwargs });
  switch (dialect) {
    case 'enable_thinking':
      return { enable_thinking };
    case 'reasoning_effort':
      return { reasoning_effort: enable_thinking ? EFFORT.on : EFFORT.off };
    case 'chat_template_kwargs':
      // The templates of Qwen and GLM read the first, those of DeepSeek and Granite the second.
      return { chat_template_kwargs: { enable_thinking, thinking: enable_thinking } };
    case 'none':
      return {};
    case undefined:
      return given({ enable_thinking, chat_template_kwargs });
  }
}

function withRole(
  messages: readonly ChatMessage[],
  role: NonNullable<Dialect['system_role']>,
): ChatMessage[] {
  if (role === 'system') return [...messages];
  if (role === 'developer') {
    return messages.map((one) => (one.role === 'system' ? { ...one, role } : one));
  }
  const others = messages.filter((one) => one.role !== 'system');
  if (role === 'none') return others;
  const texts = messages.flatMap(({ role: own, content }) =>
    own === 'system' && typeof content === 'string' ? [content] : [],
  );
  if (texts.length === 0) return others;
  // One message: some templates refuse two of the user in a row.
  const at = others.findIndex((one) => one.role === 'user');
  if (at === -1) return [userMessage(texts.join('\n\n')), ...others];
  return others.map((one, index) => (index === at ? withTextBefore(one, texts) : one));
}

function withTextBefore(message: ChatMessage, texts: readonly string[]): ChatMessage {
  const { content } = message;
  const text = texts.join('\n\n');
  if (Array.isArray(content)) return { ...message, content: [{ type: 'text', text }, ...content] };
  return { ...message, content: content === null ? text : `${text}\n\n${content}` };
}
