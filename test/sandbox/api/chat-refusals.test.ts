import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox();
});
afterAll(() => sandbox.close());

const model = 'qwen3-coder-plus';
const user = (content: string): { role: 'user'; content: string } => ({ role: 'user', content });

function complete(body: object | string, key = sandbox.api_key): Promise<Response> {
  return fetch(`${sandbox.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('the model API', () => {
  it('refuses a wrong bearer token with the message of the real service', async () => {
    const answer = await complete({ model, messages: [user('hi')] }, 'sk-wrong');
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({
      error: { code: 'invalid_api_key', message: 'invalid access token or token expired' },
      request_id: answer.headers.get('x-request-id'),
    });
    expect((await fetch(`${sandbox.url}/v1/models`)).status).toBe(401);
  });

  it.each(['qwen-vl-max-latest', 'no-such-model'])('answers 404 for the model %s', async (id) => {
    const answer = await complete({ model: id, messages: [user('hi')] });
    expect(answer.status).toBe(404);
    expect(await answer.json()).toMatchObject({
      error: {
        message: `The model \`${id}\` does not exist or you do not have access to it.`,
        type: 'invalid_request_error',
        code: 'model_not_found',
      },
      request_id: answer.headers.get('x-request-id'),
    });
  });

  const messages = [user('hi')];
  const picture = [{ type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }];
  it.each<[string, object | string]>([
    ['no JSON', 'hi'],
    ['no object', '[]'],
    ['no model', { messages }],
    ['no messages', { model }],
    ['empty messages', { model, messages: [] }],
    ['an unknown role', { model, messages: [{ role: 'boss', content: 'hi' }] }],
    ['a user message without content', { model, messages: [{ role: 'user', content: null }] }],
    [
      'a content part of an unknown type',
      { model, messages: [{ role: 'user', content: [{ type: 'audio' }] }] },
    ],
    [
      'an image for a model without vision',
      { model, messages: [{ role: 'user', content: picture }] },
    ],
    ['a broken picture', { model: 'vision-model', messages: [{ role: 'user', content: picture }] }],
    ['a temperature of 2', { model, messages, temperature: 2 }],
    ['a top_p of 0', { model, messages, top_p: 0 }],
    ['no tokens', { model, messages, max_tokens: 0 }],
    ['half a token', { model, messages, max_tokens: 0.5 }],
    ['two answers', { model, messages, n: 2 }],
    ['an empty stop text', { model, messages, stop: [''] }],
    ['a stream that is a word', { model, messages, stream: 'yes' }],
    ['stream options without a stream', { model, messages, stream_options: {} }],
    ['thinking without a stream', { model, messages, enable_thinking: true }],
    ['a tool without a name', { model, messages, tools: [{ type: 'function', function: {} }] }],
    [
      'a choice of another tool',
      { model, messages, tools: [], tool_choice: { function: { name: 'x' } } },
    ],
    ['json_object without the word', { model, messages, response_format: { type: 'json_object' } }],
    ['a schema that is missing', { model, messages, response_format: { type: 'json_schema' } }],
  ])('answers 400 with an error object for %s', async (_, body) => {
    const answer = await complete(body);
    expect(answer.status).toBe(400);
    const { error } = (await answer.json()) as { error: Record<string, unknown> };
    expect(error).toMatchObject({
      type: 'invalid_request_error',
      code: 'invalid_parameter_error',
      message: expect.stringMatching(/./) as string,
    });
  });
});
