import type { ModelToolCall } from '../model/answers.ts';
import { tokensOf } from '../model/tokenizer.ts';
import type { Part } from '../router.ts';
import { invalid, isObject, parseObject } from './chat-request.ts';
import type { Completion, Usage } from './completion.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * The body of `POST /v1/responses` as one of a chat completion. Nothing is stored: a request sends all
 * items of its conversation.
 * @throws ErrorReply 400 for an input that cannot be read
 */
export function chatBodyOf(text: string): string {
  const { model, input, instructions, stream, tools, tool_choice, ...body } = parseObject(text);
  if (body['previous_response_id']) throw invalid("'previous_response_id' is not supported");
  const items: unknown[] = typeof input === 'string' ? [userMessage(input)] : listOf(input);
  const system =
    typeof instructions === 'string' ? [{ role: 'system', content: instructions }] : [];
  return JSON.stringify({
    model,
    stream,
    messages: [...system, ...items.flatMap((item, index) => messageOf(item, index))],
    max_tokens: body['max_output_tokens'],
    temperature: body['temperature'],
    top_p: body['top_p'],
    // Tools that the service itself runs, such as web_search, are not called here.
    tools: tools && listOf(tools).flatMap(toolOf),
    tool_choice: choiceOf(tool_choice),
    response_format: formatOf(body['text']),
  });
}

function listOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  throw invalid("'input' must be a text or a list, and 'tools' a list");
}

function userMessage(content: string) {
  return { role: 'user', content };
}

/** The messages of one item; none for what only the service that made it can read. */
function messageOf(item: unknown, index: number): Fields[] {
  if (!isObject(item)) throw invalid(`input[${index}] is not an object`);
  const { type = 'message', role, content, output, call_id } = item;
  if (type === 'message') {
    return [{ role: role === 'developer' ? 'system' : role, content: partsOf(content) }];
  }
  if (type === 'function_call') return [{ role: 'assistant', content: null }];
  if (type !== 'function_call_output') return [];
  const text = typeof output === 'string' ? output : JSON.stringify(output);
  return [{ role: 'tool', tool_call_id: call_id, content: text }];
}

function partsOf(content: unknown): unknown {
  if (!Array.isArray(content)) return content;
  return content.map((part: unknown) => {
    if (!isObject(part)) return part;
    if (part['type'] === 'input_image') {
      return { type: 'image_url', image_url: { url: part['image_url'] } };
    }
    const isText = part['type'] === 'input_text' || part['type'] === 'output_text';
    return isText ? { type: 'text', text: part['text'] } : part;
  });
}

function toolOf(tool: unknown): Fields[] {
  if (!isObject(tool) || tool['type'] !== 'function') return [];
  const { name, description, parameters } = tool;
  return [{ type: 'function', function: { name, description, parameters: parameters ?? {} } }];
}

function choiceOf(choice: unknown): unknown {
  if (!isObject(choice) || choice['type'] !== 'function') return choice;
  return { type: 'function', function: { name: choice['name'] } };
}

function formatOf(text: unknown): unknown {
  const format = isObject(text) ? text['format'] : undefined;
  if (!isObject(format) || format['type'] !== 'json_schema') return format;
  return { type: 'json_schema', json_schema: { name: format['name'], schema: format['schema'] } };
}

/** The response body for `stream: false`. */
export function wholeResponse(completion: Completion, usage: Usage): Fields {
  const length = completion.answer.finish_reason === 'length';
  return {
    ...frameOf(completion),
    status: length ? 'incomplete' : 'completed',
    incomplete_details: length ? { reason: 'max_output_tokens' } : null,
    output: itemsOf(completion),
    usage: {
      input_tokens: usage.prompt_tokens,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: usage.completion_tokens,
      output_tokens_details: usage.completion_tokens_details,
      total_tokens: usage.total_tokens,
    },
  };
}

function frameOf({ id, created, model }: Completion): Fields {
  return {
    id,
    object: 'response',
    created_at: created,
    model,
    error: null,
    instructions: null,
    metadata: {},
    parallel_tool_calls: true,
    temperature: 1,
    tool_choice: 'auto',
    tools: [],
    top_p: 1,
  };
}

function itemsOf(completion: Completion): Fields[] {
  const { content, tool_calls } = completion.answer;
  if (tool_calls.length > 0) return tool_calls.map((call) => callItem(call, 'completed'));
  return [messageItem(completion, 'completed', [textPart(content)])];
}

function messageItem({ id }: Completion, status: string, content: Fields[]): Fields {
  return { id: `msg_${id}`, type: 'message', role: 'assistant', status, content };
}

function callItem({ id, function: { name, arguments: json } }: ModelToolCall, status: string) {
  return { id: `fc_${id}`, type: 'function_call', call_id: id, name, arguments: json, status };
}

function textPart(text: string): Fields {
  return { type: 'output_text', text, annotations: [] };
}

/** The events of a stream, one token a delta. */
export function* streamedResponse(completion: Completion, usage: Usage): Generator<Part> {
  let sequence_number = 0;
  for (const event of eventsOf(completion, usage)) {
    const data = JSON.stringify({ ...event, sequence_number });
    yield `event: ${String(event['type'])}\ndata: ${data}\n\n`;
    sequence_number += 1;
  }
}

function* eventsOf(completion: Completion, usage: Usage): Generator<Fields> {
  const begun = { ...frameOf(completion), status: 'in_progress', output: [], usage: null };
  yield { type: 'response.created', response: begun };
  yield { type: 'response.in_progress', response: begun };
  const { tool_calls, finish_reason } = completion.answer;
  if (tool_calls.length === 0) yield* messageEvents(completion);
  for (const [index, call] of tool_calls.entries()) yield* callEvents(call, index);
  const type = finish_reason === 'length' ? 'response.incomplete' : 'response.completed';
  yield { type, response: wholeResponse(completion, usage) };
}

function* messageEvents(completion: Completion): Generator<Fields> {
  const { content } = completion.answer;
  const at = { item_id: `msg_${completion.id}`, output_index: 0, content_index: 0 };
  const added = messageItem(completion, 'in_progress', []);
  yield { type: 'response.output_item.added', output_index: 0, item: added };
  yield { type: 'response.content_part.added', ...at, part: textPart('') };
  for (const delta of tokensOf(content)) {
    yield { type: 'response.output_text.delta', ...at, delta, logprobs: [] };
  }
  yield { type: 'response.output_text.done', ...at, text: content, logprobs: [] };
  yield { type: 'response.content_part.done', ...at, part: textPart(content) };
  const item = messageItem(completion, 'completed', [textPart(content)]);
  yield { type: 'response.output_item.done', output_index: 0, item };
}

function* callEvents(call: ModelToolCall, output_index: number): Generator<Fields> {
  const json = call.function.arguments;
  const at = { item_id: `fc_${call.id}`, output_index };
  const added = { ...callItem(call, 'in_progress'), arguments: '' };
  yield { type: 'response.output_item.added', output_index, item: added };
  for (const delta of tokensOf(json)) {
    yield { type: 'response.function_call_arguments.delta', ...at, delta };
  }
  yield { type: 'response.function_call_arguments.done', ...at, arguments: json };
  const item = callItem(call, 'completed');
  yield { type: 'response.output_item.done', output_index, item };
}
