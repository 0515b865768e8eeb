import { ErrorReply, errorReply } from '../router.ts';
import { servedModel, type SandboxModel } from '../model/served-models.ts';

/** A function that the model may call. */
export interface FunctionDefinition {
  name: string;
  /** JSON Schema of the arguments; `{}` when the request has none. */
  parameters: unknown;
}

/** One message of the request. */
export interface RequestMessage {
  role: 'system' | 'user' | 'assistant' | 'tool';
  /** All text parts, joined by line feeds. */
  text: string;
  /** The URLs of all image parts. */
  images: readonly string[];
}

/** The valid body of `POST /v1/chat/completions`, with a default for each absent field. */
export interface ChatCompletionRequest {
  model: SandboxModel;
  messages: readonly RequestMessage[];
  stream: boolean;
  include_usage: boolean;
  max_tokens: number;
  stop: readonly string[];
  enable_thinking: boolean;
  thinking_budget: number;
  /** Empty when no tool may be called. */
  tools: readonly FunctionDefinition[];
  /** True when `tool_choice` forces a call. */
  must_call: boolean;
  /** `{}` for `json_object`, which allows any object; undefined for plain text. */
  json_schema: unknown;
}

type Fields = Readonly<Record<string, unknown>>;

const ROLES = ['system', 'user', 'assistant', 'tool'] as const;

/**
 * Checks a request body with the rules and the error messages of the real service.
 * @throws ErrorReply 400 for an invalid field, 404 for a model that the sandbox does not serve
 */
export function parseChatRequest(text: string): ChatCompletionRequest {
  const body = parseObject(text);
  if (typeof body['model'] !== 'string' || body['model'] === '') {
    throw invalid('you must provide a model parameter');
  }
  const model = servedModel(body['model']);
  if (!model) throw modelNotFound(body['model']);
  checkRanges(body);
  const stream = flag(body, 'stream');
  const messages = parseMessages(body['messages'], model);
  const enable_thinking = flag(body, 'enable_thinking');
  if (enable_thinking && !stream) {
    throw invalid('parameter.enable_thinking must be set to false for non-streaming calls');
  }
  return {
    model,
    messages,
    stream,
    include_usage: includesUsage(body['stream_options'], stream),
    max_tokens: Number(body['max_completion_tokens'] ?? body['max_tokens'] ?? Infinity),
    stop: parseStop(body['stop']),
    enable_thinking,
    thinking_budget: Number(body['thinking_budget'] ?? Infinity),
    must_call: body['tool_choice'] === 'required' || isObject(body['tool_choice']),
    tools: parseTools(body['tools'], body['tool_choice']),
    json_schema: parseFormat(body['response_format'], messages),
  };
}

/** The 404 of the real service for an unknown model. */
export function modelNotFound(id: string): ErrorReply {
  const message = `The model \`${id}\` does not exist or you do not have access to it.`;
  return new ErrorReply(errorReply(404, 'model_not_found', message));
}

/** The 400 of the real service for a field that it does not take. */
export function invalid(message: string): ErrorReply {
  return new ErrorReply(errorReply(400, 'invalid_parameter_error', message));
}

/** The fields of a JSON body. @throws ErrorReply 400 */
export function parseObject(text: string): Fields {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Refused below, like JSON that is not an object.
  }
  throw invalid('the request body is not a JSON object');
}

function parseMessages(value: unknown, model: SandboxModel): RequestMessage[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('[] is too short - messages');
  }
  return value.map((message: unknown, index) => {
    const role = isObject(message) ? ROLES.find((name) => name === message['role']) : undefined;
    if (!isObject(message) || !role) throw invalid(`messages.[${index}].role is not known`);
    const { content } = message;
    if (typeof content === 'string') return { role, text: content, images: [] };
    if (Array.isArray(content)) return { role, ...parseParts(content, index, model) };
    // An assistant message with tool calls needs no content.
    const empty = role === 'assistant' && (content === null || content === undefined);
    if (empty) return { role, text: '', images: [] };
    throw invalid(`messages.[${index}].content must be a string or an array`);
  });
}

function parseParts(
  parts: readonly unknown[],
  index: number,
  model: SandboxModel,
): { text: string; images: string[] } {
  const texts: string[] = [];
  const images: string[] = [];
  for (const part of parts) {
    const image =
      isObject(part) && isObject(part['image_url']) ? part['image_url']['url'] : undefined;
    if (isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string') {
      texts.push(part['text']);
    } else if (isObject(part) && part['type'] === 'image_url' && typeof image === 'string') {
      if (!model.vision) throw invalid(`the model ${model.id} does not support image input`);
      images.push(image);
    } else {
      throw invalid(`messages.[${index}].content has a part that is neither text nor image_url`);
    }
  }
  return { text: texts.join('\n'), images };
}

const RANGES = {
  temperature: (value: number) => value >= 0 && value < 2,
  top_p: (value: number) => value > 0 && value <= 1,
  presence_penalty: (value: number) => value >= -2 && value <= 2,
  max_tokens: isPositiveInteger,
  max_completion_tokens: isPositiveInteger,
  thinking_budget: isPositiveInteger,
  seed: Number.isInteger,
  n: (value: number) => value === 1,
} as const;

function checkRanges(body: Fields): void {
  for (const [name, accepts] of Object.entries(RANGES)) {
    const value = body[name] ?? undefined;
    if (value !== undefined && !(typeof value === 'number' && accepts(value))) {
      throw invalid(`Range of ${name} is wrong: ${JSON.stringify(value)}`);
    }
  }
}

function includesUsage(options: unknown, stream: boolean): boolean {
  if (options === undefined || options === null) return false;
  if (!stream) throw invalid("'stream_options' is only allowed when 'stream' is set to true");
  if (!isObject(options)) throw invalid("'stream_options' must be an object");
  return flag(options, 'include_usage');
}

function parseStop(value: unknown): string[] {
  const stop: unknown[] = value === undefined || value === null ? [] : [value].flat();
  const isText = (entry: unknown): entry is string => typeof entry === 'string' && entry !== '';
  if (stop.length > 16 || !stop.every(isText)) throw invalid("'stop' must hold up to 16 strings");
  return stop;
}

function parseTools(value: unknown, choice: unknown): FunctionDefinition[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw invalid("'tools' must be an array");
  const offers = value.map((tool: unknown, index) => {
    const offer = isObject(tool) && tool['type'] === 'function' ? tool['function'] : undefined;
    if (!isObject(offer) || typeof offer['name'] !== 'string') {
      throw invalid(`tools.[${index}] is not a function with a name`);
    }
    return { name: offer['name'], parameters: offer['parameters'] ?? {} };
  });
  if (choice === 'none') return [];
  if (!isObject(choice)) return offers;
  const wanted = isObject(choice['function']) ? choice['function']['name'] : undefined;
  const chosen = offers.filter((offer) => offer.name === wanted);
  if (chosen.length === 0) throw invalid("'tool_choice' names a function that is not offered");
  return chosen;
}

function parseFormat(format: unknown, messages: readonly RequestMessage[]): unknown {
  if (format === undefined || format === null) return undefined;
  const type = isObject(format) ? format['type'] : undefined;
  if (type === 'text') return undefined;
  if (type === 'json_object') {
    if (messages.some(({ text }) => /json/i.test(text))) return {};
    throw invalid(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
    );
  }
  const holder = isObject(format) ? format['json_schema'] : undefined;
  const schema = isObject(holder) ? holder['schema'] : undefined;
  if (type !== 'json_schema' || !isObject(schema)) {
    throw invalid("'response_format' must be text, json_object or json_schema with a schema");
  }
  return schema;
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== 'boolean') throw invalid(`'${name}' must be a boolean`);
  return value;
}

function isPositiveInteger(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}

/** True for a JSON object: neither null nor an array. */
export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
