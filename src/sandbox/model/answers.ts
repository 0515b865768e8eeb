import { createHash } from 'node:crypto';
import { findCalculation } from './arithmetic.ts';
import { toolFor } from './tool-choice.ts';
import type { ChatCompletionRequest, FunctionDefinition } from '../api/chat-request.ts';
import { instanceOf, type SchemaHints } from './schema-instance.ts';
import { replyText } from './replies.ts';
import { splitTokens } from './tokenizer.ts';

/** A function that the model calls, with its arguments as JSON. */
export interface ModelToolCall {
  id: string;
  type: 'function';
  function: { name: string; arguments: string };
}

/** What the model answers to one request. */
export interface ModelAnswer {
  /** Empty without `enable_thinking`. */
  reasoning: string;
  content: string;
  tool_calls: readonly ModelToolCall[];
  finish_reason: 'stop' | 'length' | 'tool_calls';
}

/** Answers a request. Deterministic: equal requests always get equal answers. */
export function answer(request: ChatCompletionRequest): ModelAnswer {
  const prompt = request.messages.findLast(({ role }) => role === 'user')?.text ?? '';
  const reasoning = request.enable_thinking
    ? splitTokens(reasoningFor(prompt)).slice(0, request.thinking_budget).join('')
    : '';
  const tool = toolFor(request, prompt);
  if (tool) {
    const calls = wishesIn(prompt).map((wish) => callOf(tool, wish));
    return { reasoning, content: '', tool_calls: calls, finish_reason: 'tool_calls' };
  }
  return { reasoning, tool_calls: [], ...limit(contentFor(request, prompt), request) };
}

function contentFor(request: ChatCompletionRequest, prompt: string): string {
  if (request.json_schema === undefined) return replyText(request);
  const result = findCalculation(prompt)?.result;
  const numbers = numbersIn(prompt);
  const hints: SchemaHints = {
    text: prompt,
    numbers: result === undefined ? numbers : [result, ...numbers],
    words: wordsIn(prompt),
  };
  const instance = instanceOf(schemaFor(request.json_schema, prompt), hints);
  return JSON.stringify(
    typeof instance === 'string' && Object.keys(request.json_schema as object).length === 0
      ? { answer: replyText(request) }
      : instance,
  );
}

/** The properties that the prompt names where the request has no schema: `with the keys a, b and c`. */
function schemaFor(schema: unknown, prompt: string): unknown {
  const [, list] = /\bwith the keys ([\w, ]{1,400})/i.exec(prompt) ?? [];
  if (list === undefined || Object.keys(schema as object).length > 0) return schema;
  const keys = list.split(/\s*,\s*|\s+and\s+/).filter((key) => /^\w+$/.test(key));
  const properties = keys.map((key) => {
    const isNumber = new RegExp(String.raw`\b${key} is \d`, 'i').test(prompt);
    return [key, { type: isNumber ? 'number' : 'string' }] as const;
  });
  return { type: 'object', properties: Object.fromEntries(properties), required: keys };
}

/** What each call is for: the items of a list of several, else the whole prompt. */
function wishesIn(prompt: string): string[] {
  const items = prompt.match(/^- .+$/gm) ?? [];
  return items.length > 1 ? items : [prompt];
}

function callOf(tool: FunctionDefinition, prompt: string): ModelToolCall {
  const hints: SchemaHints = { text: prompt, numbers: numbersIn(prompt), words: wordsIn(prompt) };
  const schema = { type: 'object', ...(tool.parameters as object) };
  const digest = createHash('sha256').update(`${tool.name}\n${prompt}`).digest('hex');
  return {
    id: `call_${digest.slice(0, 24)}`,
    type: 'function',
    function: { name: tool.name, arguments: JSON.stringify(instanceOf(schema, hints)) },
  };
}

/** Ends the text before the first stop sequence and after `max_tokens` tokens. */
function limit(
  content: string,
  { stop, max_tokens }: ChatCompletionRequest,
): Pick<ModelAnswer, 'content' | 'finish_reason'> {
  const ends = stop.map((text) => content.indexOf(text)).filter((index) => index >= 0);
  const stopped = ends.length > 0 ? content.slice(0, Math.min(...ends)) : content;
  const tokens = splitTokens(stopped);
  return tokens.length > max_tokens
    ? { content: tokens.slice(0, max_tokens).join(''), finish_reason: 'length' }
    : { content: stopped, finish_reason: 'stop' };
}

function reasoningFor(prompt: string): string {
  return `The user wrote ${prompt.length} characters. I look for something that can be checked, and answer it plainly.`;
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/(?<![\w.])-?\d+(?:\.\d+)?/g)].map(([number]) => Number(number));
}

/** Quoted texts first, then names: capitalized words that do not begin a sentence. */
function wordsIn(text: string): string[] {
  const quoted = [...text.matchAll(/["“`]([^"”`\n]{1,200})["”`]|(?<!\w)'([^'\n]{1,200})'(?!\w)/g)];
  const names = text.matchAll(/(?<=[\p{L}\p{N},:;] )\p{Lu}[\p{L}'-]*(?: \p{Lu}[\p{L}'-]*)*/gu);
  return [...quoted.map(([, double, single]) => double ?? single ?? ''), ...[...names].map(String)];
}
