import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatMessage } from '../../../src/core/chat/messages.ts';
import { createChat } from '../../../src/core/chat/client.ts';
import type { Send } from '../../../src/core/http/message.ts';
import type { ModelReport, ProbeName } from '../../../src/core/validation/report.ts';
import type { PlannedModel } from '../../../src/core/validation/plan.ts';
import { requestTo } from '../../helpers/connection.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { bodyOf, loopback, type Loopback } from '../../helpers/loopback.ts';
import { type Behaviour, chunk, completion, json, USAGE } from '../../helpers/model-api.ts';
import { rightAnswer } from '../../helpers/scripted-chat.ts';
import { candidate, validate } from '../../helpers/validate.ts';

type Body = Record<string, unknown> & { messages: ChatMessage[] };

let api: Loopback;
let asked: { body: Body; headers: NodeJS.Dict<string | string[]> }[];
let reply: (body: Body) => Behaviour;

beforeEach(async () => {
  asked = [];
  api = await loopback((request, response) => {
    void bodyOf(request).then((text) => {
      const body = JSON.parse(text) as Body;
      asked.push({ body, headers: request.headers });
      reply(body)(response);
    });
  });
});

afterEach(() => api[Symbol.asyncDispose]());

/** An answer of these fields, whole or as a stream of two chunks, whose content is right. */
function answers(body: Body, ...chunks: object[]): Behaviour {
  const content = rightAnswer(JSON.stringify(body.messages));
  if (body.stream !== true) return json(200, { ...completion(content), ...chunks[0] });
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const named = chunks.length > 1 ? chunks : [chunks[0], chunks[0]];
    const sent = named.map((one, index) => {
      const last = index === named.length - 1;
      const delta = { role: 'assistant', content: last ? content : '' };
      return { ...chunk(delta, last ? 'stop' : null), ...(last && { usage: USAGE }), ...one };
    });
    response.end(
      [...sent, '[DONE]']
        .map((one) => `data: ${typeof one === 'string' ? one : JSON.stringify(one)}\n\n`)
        .join(''),
    );
  };
}

const refuses = (message: string) =>
  json(400, { error: { message, type: 'invalid_request_error' } });

async function run(
  model: string,
  more: Partial<PlannedModel> = {},
  probe: ProbeName = 'chat',
): Promise<ModelReport> {
  const clock = new FakeClock();
  const report = await validate(
    (wrap: (send: Send) => Send) => createChat({ request: requestTo(api.url, 'key', wrap), clock }),
    {
      paced: true,
      clock,
      candidates: [candidate(model, { claims: [probe], dialect: {}, ...more })],
    },
  );
  const [first] = report.models;
  if (first === undefined) throw new Error('no model');
  return first;
}

const checksOf = ({ probes }: ModelReport) =>
  Object.fromEntries(probes.flatMap(({ checks }) => checks.map((one) => [one.check, one.verdict])));

describe('who answered', () => {
  it.each([
    ['qwen3-coder-plus', 'qwen3-coder-plus-2025-09-23', [], 'pass'],
    ['qwen3-coder-plus', 'qwen3-coder-flash', [], 'fail'],
    ['qwen3-coder-plus', 'qwen3-coder-plus-int4', [], 'warn'],
    ['my-deployment', 'gpt-4o-2024-08-06', [], 'fail'],
    ['my-deployment', 'gpt-4o-2024-08-06', ['GPT-4o*'], 'pass'],
    ['qwen3-coder-plus', '', [], undefined],
    ['qwen3-coder-plus', null, [], undefined],
  ])(
    'is judged by the name: asked %s, served %j, served_as %j: %s',
    async (model, name, served_as, verdict) => {
      reply = (body) => answers(body, { model: name });
      const report = await run(model, { served_as });
      expect(checksOf(report)['answered-by/model']).toBe(verdict);
      expect(report.verdict).toBe(verdict ?? 'pass');
      if (verdict === 'fail')
        expect(report.reason).toBe(`Asked for ${model}, and ${name} answered`);
    },
  );

  it('is recorded once for each name and fingerprint', async () => {
    reply = (body) => answers(body, { model: 'a', system_fingerprint: `fp_${body.stream}` });
    const report = await run('a');
    expect(report.served).toEqual([
      { model: 'a', system_fingerprint: 'fp_true' },
      { model: 'a', system_fingerprint: 'fp_false' },
    ]);
  });

  it('is a warning when one stream names two models', async () => {
    reply = (body) => answers(body, { model: 'a' }, { model: 'a-2025-09-23' });
    const report = await run('a');
    expect(checksOf(report)).toMatchObject({
      'answered-by/model': 'pass',
      'answered-by/one-model': 'warn',
    });
    expect(report.served[0]).toEqual({ model: 'a', system_fingerprint: undefined });
  });
});

describe('a model is asked in its dialect', () => {
  it('with its fields and headers, never with more than the settings allow', async () => {
    reply = (body) => answers(body, {});
    const dialect = {
      extra_body: { top_k: 20 },
      headers: { 'x-route': 'b' },
      temperature: 0.5,
      max_tokens: 99,
    };
    await run('a', { dialect });
    expect(asked).toHaveLength(2);
    for (const { body, headers } of asked) {
      expect(body).toMatchObject({ top_k: 20, temperature: 0.5, max_tokens: 99 });
      expect(headers).toMatchObject({ 'x-route': 'b' });
    }
  });

  it('and streamed only when it answers nothing else', async () => {
    reply = (body) => answers(body, {});
    await run('a', { dialect: { stream_only: true } });
    expect(asked.map(({ body }) => body.stream)).toEqual([true]);
  });
});

describe('what the server refuses', () => {
  it('is left out of the same question and of all later ones, and reported', async () => {
    reply = (body) =>
      'temperature' in body
        ? refuses("Unsupported parameter: 'temperature' is not supported with this model.")
        : answers(body, {});
    const report = await run('a', { dialect: { temperature: 0 } });
    expect(asked.map(({ body }) => body.temperature)).toEqual([0, undefined, undefined]);
    expect(report.verdict).toBe('pass');
    expect(report.probes[0]?.checks).toContainEqual(
      expect.objectContaining({
        check: 'dialect/temperature',
        verdict: 'unsupported',
        count: 1,
        reason: expect.stringMatching(/^The server refused the field temperature: .*Unsupported/),
      }),
    );
  });

  it('is given up field by field, but not for ever', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    reply = (body) => {
      const refused = names.find((name) => name in body);
      return refused === undefined ? answers(body, {}) : refuses(`Unknown field: ${refused}`);
    };
    const extra_body = Object.fromEntries(names.map((name) => [name, 1]));
    const report = await run('m', { dialect: { extra_body } });
    expect(report.verdict).toBe('error');
    expect(asked).toHaveLength(5);
  });

  it('can be the role of the system text, which becomes a part of the question', async () => {
    reply = (body) =>
      body.messages[0]?.role === 'system'
        ? refuses("role 'system' is not supported on this model")
        : answers(body, {});
    const report = await run('a', { demanded: [] }, 'system');
    expect(checksOf(report)).toMatchObject({
      'system/role': 'unsupported',
      'system/followed': 'pass',
    });
    expect(asked.map(({ body }) => body.messages.length)).toEqual([2, 1, 1]);
    expect(report.verdict).toBe('pass');
    expect((await run('a', { demanded: ['system'] }, 'system')).verdict).toBe('unsupported');
    const replied = reply;
    const deaf = { choices: [{ index: 0, delta: { content: '42' }, finish_reason: 'stop' }] };
    reply = (body) => (body.messages.length > 1 ? replied(body) : answers(body, deaf));
    expect((await run('a', { demanded: ['system'] }, 'system')).verdict).toBe('unsupported');
  });

  it('can be every switch of thinking, so that nothing is said of a model that does not think', async () => {
    reply = (body) => {
      const field = ['enable_thinking', 'chat_template_kwargs'].find((name) => name in body);
      return field === undefined ? answers(body, {}) : refuses(`Unknown field: ${field}`);
    };
    const report = await run('a', { demanded: ['reasoning'] }, 'reasoning');
    expect(checksOf(report)['reasoning/on']).toBe('unsupported');
  });
});
