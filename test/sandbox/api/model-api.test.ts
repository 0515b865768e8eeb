import { once } from 'node:events';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';

let sandbox: Sandbox;
let openai: OpenAI;

beforeAll(async () => {
  sandbox = await startSandbox();
  openai = new OpenAI({
    baseURL: `${sandbox.url}/v1`,
    apiKey: sandbox.issue().access_token,
    maxRetries: 0,
  });
});
afterAll(() => sandbox.close());

const model = 'qwen3-coder-plus';
const user = (content: string): { role: 'user'; content: string } => ({ role: 'user', content });

function complete(body: object): Promise<Response> {
  return fetch(`${sandbox.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${sandbox.api_key}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

describe('the OpenAI SDK', () => {
  it('lists the models that are served, and retrieves one', async () => {
    const ids: string[] = [];
    for await (const { id } of openai.models.list()) ids.push(id);
    expect(ids).toEqual(['qwen3-coder-plus', 'qwen3-coder-flash', 'coder-model', 'vision-model']);
    expect(await openai.models.retrieve(model)).toMatchObject({ id: model, object: 'model' });
    await expect(openai.models.retrieve('qwen-vl-plus')).rejects.toMatchObject({ status: 404 });
  });

  it('gets a whole answer, and the token counts add up', async () => {
    const messages = [user('What is 17 + 25? Answer with the number only.')];
    const answer = await openai.chat.completions.create({ model, messages });
    expect(answer).toMatchObject({
      object: 'chat.completion',
      model,
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: '42' } }],
    });
    expect(answer._request_id).toMatch(/^[0-9a-f-]{36}$/);
    const { prompt_tokens, completion_tokens, total_tokens } = answer.usage ?? {};
    expect(prompt_tokens).toBeGreaterThan(8);
    expect(completion_tokens).toBe(2);
    expect(total_tokens).toBe((prompt_tokens ?? 0) + (completion_tokens ?? 0));
  });

  it('streams the same answer, with usage in the last chunk on request', async () => {
    const messages = [user('Say 👩‍💻👍🏽 über alles 你好世界')];
    const whole = await openai.chat.completions.create({ model, messages });
    const stream = await openai.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    });
    const chunks: OpenAI.ChatCompletionChunk[] = [];
    for await (const chunk of stream) chunks.push(chunk);
    const deltas = chunks.flatMap(({ choices }) => choices[0]?.delta.content ?? []);
    expect(deltas.join('')).toBe('👩‍💻👍🏽 über alles 你好世界');
    expect(deltas.join('')).toBe(whole.choices[0]?.message.content);
    expect(deltas.length).toBeGreaterThan(8);
    // Half of a surrogate pair would not survive the encoding.
    expect(deltas.every((delta) => Buffer.from(delta).toString() === delta)).toBe(true);
    expect(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? [])).toEqual(['stop']);
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: whole.usage });
    expect(chunks.slice(0, -1).every(({ usage }) => usage === null)).toBe(true);
  });

  it('assembles a streamed tool call with arguments from the prompt', async () => {
    const runner = openai.chat.completions.stream({
      model,
      messages: [user('What is the weather in New York, in celsius?')],
      tools: [
        { type: 'function', function: { name: 'send_mail', parameters: {} } },
        {
          type: 'function',
          function: {
            name: 'get_weather',
            parameters: {
              type: 'object',
              properties: {
                city: { type: 'string' },
                unit: { type: 'string', enum: ['fahrenheit', 'celsius'] },
              },
              required: ['city', 'unit'],
            },
          },
        },
      ],
    });
    const { choices } = await runner.finalChatCompletion();
    expect(choices[0]?.finish_reason).toBe('tool_calls');
    const [call] = choices[0]?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: 'function', function: { name: 'get_weather' } });
    const text = call?.type === 'function' ? call.function.arguments : '';
    expect(JSON.parse(text)).toEqual({ city: 'New York', unit: 'celsius' });
  });

  it('parses an answer that must follow a schema', async () => {
    const { choices } = await openai.chat.completions.parse({
      model,
      messages: [user('Describe the city "Paris" with a population of 2100000.')],
      response_format: {
        type: 'json_schema',
        json_schema: {
          name: 'city',
          strict: true,
          schema: {
            type: 'object',
            properties: { name: { type: 'string' }, population: { type: 'integer' } },
            required: ['name', 'population'],
            additionalProperties: false,
          },
        },
      },
    });
    const parsed = JSON.parse(choices[0]?.message.content ?? '') as unknown;
    expect(parsed).toEqual({ name: 'Paris', population: 2_100_000 });
  });

  it('gets the same response whole and streamed, and calls of functions', async () => {
    const input = 'Say good day';
    const whole = await openai.responses.create({ model, input, instructions: 'Be kind.' });
    expect(whole).toMatchObject({ status: 'completed', output_text: 'good day' });
    const types: string[] = [];
    const runner = openai.responses.stream({ model, input, instructions: 'Be kind.' });
    for await (const { type } of runner) types.push(type);
    const streamed = await runner.finalResponse();
    expect(streamed.output_text).toBe('good day');
    expect(streamed.usage).toEqual(whole.usage);
    expect([types[0], types.at(-1)]).toEqual(['response.created', 'response.completed']);
    const parameters = { type: 'object', properties: { city: { type: 'string' } } };
    const tool = { type: 'function', name: 'get_weather', parameters, strict: null } as const;
    const question = { role: 'user', content: 'What is the weather in Paris?' } as const;
    const calls = openai.responses.stream({
      model,
      input: [{ role: 'developer', content: [{ type: 'input_text', text: 'x' }] }, question],
      tools: [tool],
    });
    const [call] = (await calls.finalResponse()).output;
    expect(call).toMatchObject({ type: 'function_call', name: 'get_weather' });
    if (call?.type !== 'function_call') return;
    const { call_id } = call;
    const result = { type: 'function_call_output', call_id, output: 'sunny' } as const;
    const last = await openai.responses.create({ model, input: [question, call, result] });
    expect(last.output_text).toBe('The tool answered: sunny');
  });

  it('gets embeddings as numbers and as base64, near to each other for texts that are alike', async () => {
    const input = ['The cat sleeps', 'A sleeping cat', 'Quarterly revenue grew'];
    const asked = { model: 'text-embedding-v4', input };
    const read = async (encoding_format?: 'float') => {
      const { data } = await openai.embeddings.create({
        ...asked,
        ...(encoding_format && { encoding_format }),
      });
      return data.map(({ embedding }) => embedding);
    };
    // The SDK asks for base64 by default.
    const [cat = [], sleeping = [], revenue = []] = await read();
    expect((await read('float'))[0]).toEqual(cat);
    const product = (one: number[], other: number[]) =>
      one.reduce((sum, value, at) => sum + value * (other[at] ?? 0), 0);
    expect(product(cat, cat)).toBeCloseTo(1);
    expect(product(cat, sleeping)).toBeGreaterThan(product(cat, revenue) + 0.2);
    const short = await openai.embeddings.create({ ...asked, dimensions: 8 });
    expect(short.data[2]?.embedding).toHaveLength(8);
    await expect(openai.embeddings.create({ ...asked, input: '' })).rejects.toThrow(/'input'/);
    await expect(openai.embeddings.create({ model: 'no', input })).rejects.toThrow(/not exist/);
  });

  it('stops the answer when it disconnects', async () => {
    let stopped = (): void => {};
    const stop = new Promise<void>((resolve) => (stopped = resolve));
    const sleep = async (_: number, signal?: AbortSignal): Promise<void> => {
      if (signal) await once(signal, 'abort');
      stopped();
      signal?.throwIfAborted();
    };
    const clock = { now: () => 0, sleep };
    await using slow = await startSandbox({ token_delay: 1, clock });
    const client = new OpenAI({ baseURL: `${slow.url}/v1`, apiKey: slow.api_key });
    const messages = [user('hi')];
    const stream = await client.chat.completions.create({ model, messages, stream: true });
    for await (const _ of stream) break;
    await stop;
  });
});

describe('an answer of the model API', () => {
  it('starts with reasoning on request, and counts its tokens', async () => {
    const body = { model, messages: [user('hi')], stream: true, enable_thinking: true };
    const text = await (
      await complete({ ...body, stream_options: { include_usage: true } })
    ).text();
    expect(text.indexOf('reasoning_content')).toBeLessThan(text.indexOf('"content":"This"'));
    expect(text.lastIndexOf('reasoning_content')).toBeLessThan(text.indexOf('"content":"This"'));
    expect(Number(/"reasoning_tokens":(\d+)/.exec(text)?.[1])).toBeGreaterThan(5);
    // One token a chunk, and beside them the role, the finish_reason, the usage and [DONE].
    const tokens = (text.match(/^data: /gm)?.length ?? 0) - 4;
    expect(text).toContain(`"completion_tokens":${tokens},`);
    expect(text.endsWith('data: [DONE]\n\n')).toBe(true);
    const short = await (await complete({ ...body, thinking_budget: 3 })).text();
    expect(short.match(/reasoning_content/g)).toHaveLength(3);
    const none = await (await complete({ ...body, enable_thinking: false })).text();
    expect(none).not.toContain('reasoning_content');
  });

  it('ends at a stop sequence and at max_tokens', async () => {
    const messages = [user('Count from 1 to 10')];
    const stopped = await (await complete({ model, messages, stop: ['7', '5'] })).json();
    const short = await (await complete({ model, messages, max_tokens: 5 })).json();
    expect(stopped).toMatchObject({
      choices: [{ finish_reason: 'stop', message: { content: '1, 2, 3, 4, ' } }],
    });
    expect(short).toMatchObject({
      choices: [{ finish_reason: 'length', message: { content: '1, 2, 3' } }],
      usage: { completion_tokens: 5 },
    });
  });

  it('repeats the text of a tool message', async () => {
    const tool_calls = [
      { id: 'call_1', type: 'function', function: { name: 'add', arguments: '{}' } },
    ];
    const answer = await complete({
      model,
      messages: [
        user('Use the tool to add 1 and 2'),
        { role: 'assistant', content: null, tool_calls },
        { role: 'tool', tool_call_id: 'call_1', content: '3' },
      ],
      tools: [{ type: 'function', function: { name: 'add' } }],
    });
    expect(await answer.json()).toMatchObject({
      choices: [{ finish_reason: 'stop', message: { content: 'The tool answered: 3' } }],
    });
  });
});
