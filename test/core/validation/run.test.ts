import { describe, expect, it } from 'vitest';
import type { Chat } from '../../../src/core/chat/answer.ts';
import { ApiError, AuthError, NetworkError } from '../../../src/core/errors.ts';
import type { ValidationEvent } from '../../../src/core/validation/run.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { answer, scriptedChat, silence } from '../../helpers/scripted-chat.ts';
import { candidate, candidates, summaryOf, validate } from '../../helpers/validate.ts';

const rejects = (error: Error) => async () => {
  throw error;
};

const down = new NetworkError('127.0.0.1 refused the connection', { code: 'connection_refused' });
const refused = new AuthError('127.0.0.1 refused the key', {
  code: 'invalid_api_key',
  status: 401,
});
const missing = new ApiError('The model b does not exist', { code: 'x', status: 404 });

describe('a report', () => {
  it('holds the models in the order in which they were named, and counts them', async () => {
    const report = await validate(scriptedChat({ a: () => answer('41'), b: rejects(missing) }), {
      candidates: [candidate('a'), candidate('b', { required: false }), candidate('c')],
    });
    expect(report.models.map(({ model, verdict }) => [model, verdict])).toEqual([
      ['a', 'fail'],
      ['b', 'unavailable'],
      ['c', 'pass'],
    ]);
    expect(report.models[1]?.reason).toBe('The model b does not exist');
    expect([report.interrupted, report.stopped_by]).toEqual([false, undefined]);
    expect(summaryOf(report)).toMatchObject({
      total: 3,
      passed: 1,
      failed: 2,
      required_failed: 1,
      skipped: 0,
    });
  });

  it('tells when the run began, how long every model took and when its first token came', async () => {
    const clock = new FakeClock(1_000_000);
    const chat = scriptedChat({
      a: async () => {
        await clock.sleep(800);
        return answer('42', { timings: { headers: 200, first_token: 250.4, total: 700 } });
      },
    });
    const report = await validate(chat, { clock, candidates: candidates('a') });
    expect(report).toMatchObject({
      started_at: 1_000_000,
      duration_ms: 800,
      models: [
        { latency_ms: 800, first_token_ms: 250, duration_ms: 800, probes: [{ probe: 'chat' }] },
      ],
    });
  });

  it('adds up what the answers cost', async () => {
    const usage = { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 };
    const report = await validate(async () => answer('42', { usage }));
    expect(report.tokens).toEqual({ prompt_tokens: 80, completion_tokens: 12 });
  });
});

describe('a model', () => {
  it('that does not answer in its time is a timeout, and the others are not held up', async () => {
    const report = await validate(scriptedChat({ b: silence }), {
      candidates: ['a', 'b', 'c'].map((model) => candidate(model, { limits: { timeout: 30 } })),
    });
    expect(report.models.map(({ verdict }) => verdict)).toEqual(['pass', 'timeout', 'pass']);
    expect(report.models[1]?.reason).toBe('No complete answer within 0.03 s');
  });

  it('is put only the probes that it claims', async () => {
    const report = await validate(async () => answer('42'), {
      candidates: [candidate('a'), candidate('b', { claims: ['tools'] })],
      probes: ['chat', 'tools'],
    });
    expect(report.models.map(({ probes }) => probes.map(({ verdict }) => verdict))).toEqual([
      ['pass', 'not_claimed'],
      ['not_claimed', 'fail'],
    ]);
    expect(report.models.map(({ verdict }) => verdict)).toEqual(['pass', 'fail']);
  });

  it('that claims nothing of what is asked is neither good nor bad', async () => {
    const report = await validate(async () => answer('42'), {
      candidates: [candidate('a'), candidate('b', { claims: ['tools'] })],
      probes: ['chat'],
    });
    expect(report.models[1]).toMatchObject({
      verdict: 'not_claimed',
      reason: 'Claims none of the requested abilities',
    });
    expect(summaryOf(report)).toMatchObject({ passed: 1, failed: 0, not_claimed: 1 });
  });

  it.each<[string, Error, string[]]>([
    ['is not there', missing, ['unavailable', 'skipped', 'skipped']],
    [
      'breaks down',
      new ApiError('Oh', { code: 'x', status: 500 }),
      ['error', 'skipped', 'skipped'],
    ],
  ])('that %s is not asked any more', async (_, error, verdicts) => {
    const report = await validate(scriptedChat({ a: rejects(error) }), {
      candidates: [candidate('a', { claims: ['chat', 'system', 'tools'] })],
      probes: ['chat', 'system', 'tools'],
    });
    expect(report.models[0]?.probes.map(({ verdict }) => verdict)).toEqual(verdicts);
    expect(report.models[0]?.verdict).toBe(verdicts[0]);
    expect([report.interrupted, report.stopped_by]).toEqual([false, undefined]);
  });

  it('that has answered once is asked on after an error', async () => {
    const chat: Chat = async ({ messages }) => {
      if (messages[0]?.role === 'system') throw new ApiError('Oh', { code: 'x', status: 500 });
      return answer('42');
    };
    const report = await validate(chat, {
      candidates: [candidate('a', { claims: ['chat', 'system', 'stop'] })],
      probes: ['chat', 'system', 'stop'],
    });
    expect(report.models[0]?.probes.map(({ verdict }) => verdict)).toEqual([
      'pass',
      'error',
      'fail',
    ]);
    expect(report.models[0]).toMatchObject({ verdict: 'error', reason: 'Oh' });
  });
});

describe('at the same time', () => {
  it.each([1, 3, 20])('%i models are asked, no more', async (concurrency) => {
    let now = 0;
    let most = 0;
    const chat: Chat = async () => {
      most = Math.max(most, (now += 1));
      for (let turn = 0; turn < 30; turn += 1) await Promise.resolve();
      now -= 1;
      return answer('42');
    };
    const many = candidates(...Array.from({ length: 20 }, (_, index) => `model-${index}`));
    const report = await validate(chat, { candidates: many, concurrency });
    expect(most).toBe(concurrency);
    expect(summaryOf(report).passed).toBe(20);
  });
});

it('events tell what is being asked, what came of it, and count what is finished', async () => {
  const events: ValidationEvent[] = [];
  await validate(scriptedChat({ a: () => answer('41') }), {
    candidates: candidates('a', 'b'),
    concurrency: 1,
    onEvent: (event) => events.push(event),
  });
  const told = events.map((event) => {
    if (event.type === 'started') return event.model;
    if (event.type === 'probed') return [event.model, event.result.probe, event.result.verdict];
    if (event.type === 'waiting') return event.ms;
    return [event.result.model, event.result.verdict, event.finished, event.total];
  });
  expect(told).toEqual([
    'a',
    ['a', 'chat', 'fail'],
    ['a', 'fail', 1, 2],
    'b',
    ['b', 'chat', 'pass'],
    ['b', 'pass', 2, 2],
  ]);
});

describe('when nothing gets through to the endpoint', () => {
  it.each([refused, down])('the run ends with the error itself: $name', async (error) => {
    const asked: string[] = [];
    const events: ValidationEvent[] = [];
    const chat: Chat = async ({ model }) => {
      asked.push(model);
      await Promise.resolve();
      throw error;
    };
    const running = validate(chat, {
      candidates: candidates('a', 'b', 'c', 'd', 'e', 'f'),
      concurrency: 1,
      onEvent: (event) => events.push(event),
    });
    await expect(running).rejects.toBe(error);
    expect(asked).toEqual(['a', 'b', 'c']);
    expect(events.filter(({ type }) => type === 'finished')).toEqual([]);
  });

  it('a single model is enough when there is only one', async () => {
    const running = validate(rejects(refused), { candidates: candidates('a') });
    await expect(running).rejects.toBe(refused);
  });

  it('what is still on its way is stopped', async () => {
    const signals: AbortSignal[] = [];
    const chat = scriptedChat({
      a: rejects(down),
      b: rejects(down),
      c: rejects(down),
      d: (signal) => {
        signals.push(signal);
        return silence(signal);
      },
    });
    await expect(validate(chat)).rejects.toBe(down);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('one that does get through makes it the matter of the models that did not', async () => {
    const finished: string[] = [];
    const report = await validate(scriptedChat({ a: rejects(refused), b: rejects(refused) }), {
      concurrency: 1,
      onEvent: (event) => {
        if (event.type === 'finished') finished.push(event.result.model);
      },
    });
    expect(report.models.map(({ verdict }) => verdict)).toEqual([
      'denied',
      'denied',
      'pass',
      'pass',
    ]);
    expect(finished).toEqual(['a', 'b', 'c', 'd']);
  });
});

it('a bug is not taken for a model that fails', async () => {
  const bug = new TypeError('x is undefined');
  await expect(validate(scriptedChat({ b: rejects(bug) }))).rejects.toBe(bug);
});
