import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Send } from '../../../../src/core/http/message.ts';
import { createChat } from '../../../../src/core/chat/client.ts';
import type { PlannedModel } from '../../../../src/core/validation/plan.ts';
import { requestTo } from '../../../helpers/connection.ts';
import { FakeClock } from '../../../helpers/fake-clock.ts';
import { bodyOf, loopback, type Loopback } from '../../../helpers/loopback.ts';
import { type Behaviour, error, json, raw } from '../../../helpers/model-api.ts';
import { candidate, validate } from '../../../helpers/validate.ts';

const KEY = 'sk-the-real-key';
const WINDOW = 1000;

/** What a server does with each mistake; without a name it is right. */
interface Server {
  model?: Behaviour;
  malformed?: Behaviour;
  key?: Behaviour;
  long?: Behaviour;
}

let api: Loopback;
let server: Server;
/** The keys of the requests, in order. */
let keys: (string | undefined)[];

beforeEach(async () => {
  server = {};
  keys = [];
  api = await loopback((request, response) => {
    keys.push(request.headers.authorization);
    void bodyOf(request).then((text) => answer(text, request.headers.authorization)(response));
  });
});
afterEach(() => api[Symbol.asyncDispose]());

function answer(text: string, key: string | undefined): Behaviour {
  const {
    key: badKey = error(401, 'invalid_api_key', 'Incorrect API key provided'),
    malformed = error(400, 'bad_json', 'Could not parse the body'),
    model: noModel = error(404, 'model_not_found', 'No such model'),
    long = error(400, 'context_length_exceeded', 'Too long'),
  } = server;
  if (key !== undefined && key !== `Bearer ${KEY}`) return badKey;
  let body: { model: string };
  try {
    body = JSON.parse(text) as { model: string };
  } catch {
    return malformed;
  }
  if (body.model !== 'real') return noModel;
  return text.length > WINDOW * 4 ? long : ok();
}

const ok = (prompt_tokens?: number) =>
  json(200, {
    choices: [{ message: { content: 'x' }, finish_reason: 'stop' }],
    usage: { prompt_tokens },
  });

async function run(more: Partial<PlannedModel> = {}, key: string | undefined = KEY) {
  const clock = new FakeClock();
  const requests = (wrap: (send: Send) => Send) => requestTo(api.url, key || undefined, wrap);
  const report = await validate(
    (wrap: (send: Send) => Send) => createChat({ request: requests(wrap), clock }),
    {
      paced: true,
      clock,
      requests,
      candidates: [candidate('real', { claims: ['errors'], window: WINDOW, ...more })],
    },
  );
  const [probe] = report.models[0]?.probes ?? [];
  return probe;
}

const RIGHT = {
  'errors/unknown-model': 'pass',
  'errors/unknown-model-object': 'pass',
  'errors/malformed-body': 'pass',
  'errors/malformed-body-object': 'pass',
  'errors/long-prompt': 'pass',
  'errors/long-prompt-object': 'pass',
  'errors/bad-key': 'pass',
  'errors/bad-key-object': 'pass',
};

describe('the probe errors', () => {
  it('passes a server that refuses each mistake, and never sends the real key as the bad one', async () => {
    const probe = await run();
    expect(probe).toMatchObject({ verdict: 'pass', attempts: 1 });
    expect(checksOf(probe)).toEqual(RIGHT);
    expect(keys).toHaveLength(4);
    expect(keys.slice(0, 3)).toEqual(Array(3).fill(`Bearer ${KEY}`));
    expect(keys[3]).toMatch(/^Bearer sk-no-such-key-\d{8}$/);
  });

  const plain = raw(400, 'text/plain', 'no');
  const detail = json(422, { detail: [{ msg: 'field required' }] });
  it.each<[string, Server, Record<string, string>]>([
    ['answers as every model', { model: ok() }, { 'errors/unknown-model': 'fail' }],
    [
      'takes a wrong model for its failure',
      { model: error(500, 'x', 'y') },
      { 'errors/unknown-model': 'fail' },
    ],
    [
      'forbids an unknown model',
      { model: error(403, 'x', 'y') },
      { 'errors/unknown-model': 'warn' },
    ],
    ['refuses in plain text', { model: plain }, { 'errors/unknown-model-object': 'fail' }],
    [
      'has an error object of its own',
      { malformed: detail },
      { 'errors/malformed-body': 'warn', 'errors/malformed-body-object': 'warn' },
    ],
    [
      'takes broken JSON for its failure',
      { malformed: error(500, 'x', 'parse error') },
      { 'errors/malformed-body': 'fail' },
    ],
    ['needs no real key', { key: ok() }, { 'errors/bad-key': 'fail' }],
    ['forbids a bad key', { key: error(403, 'x', 'y') }, { 'errors/bad-key': 'warn' }],
    ['reads only a part of a long prompt', { long: ok(1000) }, { 'errors/long-prompt': 'fail' }],
    [
      'does not say that a prompt is too long',
      { long: error(400, 'bad_request', 'Wrong') },
      { 'errors/long-prompt': 'warn' },
    ],
    ['fails at a long prompt', { long: error(500, 'x', 'y') }, { 'errors/long-prompt': 'fail' }],
    [
      'hangs up on broken JSON',
      { malformed: (response) => response.destroy() },
      { 'errors/malformed-body': 'fail' },
    ],
  ])('finds a server that %s', async (_, mistakes, found) => {
    server = mistakes;
    const checks = checksOf(await run());
    const others = Object.entries(checks).filter(([, verdict]) => verdict !== 'pass');
    expect(Object.fromEntries(others)).toEqual(found);
  });

  it('says what was sent, what came and what is right', async () => {
    server = { model: ok() };
    expect((await run())?.reason).toBe(
      'To a model that does not exist it answered with the status 200; right is 404 or 400',
    );
  });

  it('needs no bad key where no key is needed', async () => {
    const checks = checksOf(await run({}, ''));
    expect(Object.keys(checks)).not.toContain('errors/bad-key');
    expect(keys).toHaveLength(3);
  });

  it('waits at a rate limit, which is no answer to a mistake', async () => {
    let limited = 0;
    server.malformed = (response) =>
      (limited++ === 0
        ? raw(429, 'application/json', '{"error":{"message":"slow down"}}')
        : error(400, 'bad_json', 'Could not parse the body'))(response);
    expect(checksOf(await run())).toEqual(RIGHT);
    expect(limited).toBe(2);
  });

  it('accepts an answer to a long prompt when the model read it all: its window is larger than is known', async () => {
    for (const [window, read] of [
      [undefined, 1_500_000],
      [WINDOW, 1500],
    ] as const) {
      server.long = ok(read);
      const checks = checksOf(await run({ window }));
      expect(Object.keys(checks)).not.toContain('errors/long-prompt');
    }
  });
});

function checksOf(probe: Awaited<ReturnType<typeof run>>): Record<string, string> {
  return Object.fromEntries((probe?.checks ?? []).map(({ check, verdict }) => [check, verdict]));
}
