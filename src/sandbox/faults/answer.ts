import type { ChatCompletionRequest } from '../api/chat-request.ts';
import { answer as answerTo, type ModelAnswer, type ModelToolCall } from '../model/answers.ts';
import type { Fields } from '../router.ts';
import { count, text } from './arguments.ts';
import { editAnswer, editJson, fault, faultOf, type Effect, type Fault } from './fault.ts';
import { choiceOf, HOSTILE_TEXT, withChoice, without } from './text.ts';

const at = ['chat'] as const;
const models = ['models'] as const;

/** Answers of another model, or of one that cannot do what it is asked for; and lists of models. */
export const ANSWERS: Readonly<Record<string, Fault>> = {
  'other-model': faultOf({
    about: 'the answer comes from this model',
    at,
    argument: text('MODEL', 'qwen-turbo'),
    does: (model) => editJson((fields) => ('model' in fields ? { ...fields, model } : fields)),
  }),
  'wrong-answer': fault({
    about: 'the model answers that it does not know',
    at,
    does: says('I do not know.'),
  }),
  'empty-answer': fault({ about: 'the model answers nothing', at, does: says('') }),
  echo: fault({
    about: 'the model repeats what it was asked',
    at,
    does: editAnswer((answer, request) => ({ ...answer, content: promptOf(request) })),
  }),
  loop: faultOf({
    about: 'the model repeats one word so many times',
    at,
    argument: count(1000, 1_000_000),
    does: (times) => says('the '.repeat(times)),
  }),
  fenced: fault({
    about: 'the answer stands in a code block',
    at,
    does: editAnswer((answer) => ({
      ...answer,
      content: `Here it is:\n\n\`\`\`json\n${answer.content}\n\`\`\`\n`,
    })),
  }),
  'ignores-schema': fault({
    about: 'response_format has no effect',
    at,
    does: asIf({ json_schema: undefined }),
  }),
  'ignores-system': fault({
    about: 'system messages have no effect',
    at,
    does: asked((request) => ({
      ...request,
      messages: request.messages.filter(({ role }) => role !== 'system'),
    })),
  }),
  forgets: fault({
    about: 'only the last message has an effect',
    at,
    does: asked((request) => ({ ...request, messages: request.messages.slice(-1) })),
  }),
  blind: fault({
    about: 'images have no effect',
    at,
    does: asked((request) => ({
      ...request,
      messages: request.messages.map((message) => ({ ...message, images: [] })),
    })),
  }),
  'ignores-stop': fault({ about: 'stop has no effect', at, does: asIf({ stop: [] }) }),
  'ignores-max-tokens': fault({
    about: 'max_tokens has no effect',
    at,
    does: asIf({ max_tokens: Infinity }),
  }),
  'no-reasoning': fault({
    about: 'enable_thinking has no effect',
    at,
    does: asIf({ enable_thinking: false }),
  }),
  'leaked-reasoning': fault({
    about: 'reasoning stands between <think> and </think> in the answer',
    at,
    does: editAnswer((answer) => ({
      ...answer,
      reasoning: '',
      content: `<think>${answer.reasoning || 'Let me think.'}</think>\n\n${answer.content}`,
    })),
  }),
  'ignores-tools': fault({ about: 'tools have no effect', at, does: asIf({ tools: [] }) }),
  'tool-as-text': fault({
    about: 'a tool call stands in the text of the answer',
    at,
    does: editAnswer((answer) => {
      const [call] = answer.tool_calls;
      if (!call) return answer;
      const { name, arguments: json } = call.function;
      const content = `<tool_call>\n{"name": "${name}", "arguments": ${json}}\n</tool_call>`;
      return { ...answer, content, tool_calls: [], finish_reason: 'stop' };
    }),
  }),
  'tool-no-id': fault({
    about: 'a tool call has no id',
    at,
    does: editJson((fields) => {
      const { delta, message, ...choice } = choiceOf(fields) ?? {};
      if (!delta && !message) return fields;
      return withChoice(fields, {
        ...choice,
        ...(delta && { delta: withoutIds(delta) }),
        ...(message && { message: withoutIds(message) }),
      });
    }),
  }),
  'tool-bad-arguments': fault({
    about: 'the arguments of a tool call are JSON without its second half',
    at,
    does: editCalls(({ name, arguments: json }) => ({
      name,
      arguments: json.slice(0, json.length / 2),
    })),
  }),
  'tool-no-arguments': fault({
    about: 'the arguments of a tool call are missing: {}',
    at,
    does: editCalls(({ name }) => ({ name, arguments: '{}' })),
  }),
  'tool-wrong-name': fault({
    about: 'a tool call names a function that does not exist',
    at,
    does: editCalls((call) => ({ ...call, name: 'no_such_function' })),
  }),
  'tool-finish-stop': fault({
    about: 'finish_reason of a tool call is stop',
    at,
    does: editAnswer((answer) => ({ ...answer, finish_reason: 'stop' })),
  }),
  'wrong-usage': fault({
    about: 'the token counts do not add up',
    at,
    does: editJson((fields) =>
      fields['usage'] == null
        ? fields
        : { ...fields, usage: { prompt_tokens: -1, completion_tokens: 0, total_tokens: 7 } },
    ),
  }),
  'no-models': fault({
    about: 'the list of models is empty',
    at: models,
    does: editJson((fields) => ('data' in fields ? { ...fields, data: [] } : fields)),
  }),
  'many-models': faultOf({
    about: 'the list has so many models',
    at: models,
    argument: count(10_000, 1_000_000),
    does: (number) =>
      editList((list) => [
        ...list,
        ...Array.from({ length: number }, (_, index) => ({
          id: `model-${index}`,
          object: 'model',
        })),
      ]),
  }),
  'odd-models': fault({
    about:
      'the list has ids that are null, twice there, empty, __proto__ and hostile to a terminal',
    at: models,
    does: editList((list) => [
      ...list,
      ...list,
      null,
      'text',
      { id: null },
      { id: '' },
      { id: '__proto__' },
      { id: HOSTILE_TEXT },
    ]),
  }),
};

function says(content: string): Effect {
  return editAnswer((answer) => ({ ...answer, content }));
}

/** Answers another request than the one that came. */
function asked(change: (request: ChatCompletionRequest) => ChatCompletionRequest): Effect {
  return editAnswer((_, request) => answerTo(change(request)));
}

function asIf(fields: Partial<ChatCompletionRequest>): Effect {
  return asked((request) => ({ ...request, ...fields }));
}

function editCalls(change: (call: ModelToolCall['function']) => ModelToolCall['function']): Effect {
  return editAnswer((answer): ModelAnswer => ({
    ...answer,
    tool_calls: answer.tool_calls.map((call) => ({ ...call, function: change(call.function) })),
  }));
}

function editList(change: (list: readonly unknown[]) => readonly unknown[]): Effect {
  return editJson((fields) =>
    Array.isArray(fields['data']) ? { ...fields, data: change(fields['data']) } : fields,
  );
}

function withoutIds(message: Fields): Fields {
  if (!Array.isArray(message['tool_calls'])) return message;
  const calls = message['tool_calls'] as Fields[];
  return { ...message, tool_calls: calls.map((call) => without(call, 'id')) };
}

function promptOf({ messages }: ChatCompletionRequest): string {
  return messages.findLast(({ role }) => role === 'user')?.text ?? '';
}
