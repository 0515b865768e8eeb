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
  it('lists the models in the order of the request and counts them', async () => {
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

  it('has the start of the run, the duration of each model and the time to its first token', async () => {
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

  it('adds up the tokens of all answers', async () => {
    const usage = { prompt_tokens: 20, completion_tokens: 3, total_tokens: 23 };
    const report = await validate(async () => answer('42', { usage }));
    expect(report.tokens).toEqual({ prompt_tokens: 80, completion_tokens: 12 });
  });
});

describe('a model', () => {
  it('that does not answer in time is a timeout and does not delay the others', async () => {
    const report = await validate(scriptedChat({ b: silence }), {
      candidates: ['a', 'b', 'c'].map((model) => candidate(model, { limits: { timeout: 500 } })),
    });
    expect(report.models.map(({ verdict }) => verdict)).toEqual(['pass', 'timeout', 'pass']);
    expect(report.models[1]?.reason).toBe('No complete answer within 0.5 s');
  });

  it('runs only the probes that it claims', async () => {
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

  it('that claims none of the requested probes is not_asked if it is required, else not_claimed', async () => {
    const report = await validate(async () => answer('42'), {
      candidates: [
        candidate('a'),
        candidate('b', { claims: ['tools'] }),
        candidate('c', { claims: ['tools'], required: false }),
      ],
      probes: ['chat'],
    });
    const reason = 'Claims none of what was to be tested: chat';
    expect(report.models.slice(1)).toMatchObject([
      { verdict: 'not_asked', reason },
      { verdict: 'not_claimed', reason },
    ]);
    expect(summaryOf(report)).toMatchObject({ passed: 1, failed: 1, not_claimed: 1 });
  });

  it.each<[string, Error, string[]]>([
    ['does not exist', missing, ['unavailable', 'skipped', 'skipped']],
    [
      'fails the first probe with an error',
      new ApiError('Oh', { code: 'x', status: 500 }),
      ['error', 'skipped', 'skipped'],
    ],
  ])('that %s runs no further probe', async (_, error, verdicts) => {
    const report = await validate(scriptedChat({ a: rejects(error) }), {
      candidates: [candidate('a', { claims: ['chat', 'system', 'tools'] })],
      probes: ['chat', 'system', 'tools'],
    });
    expect(report.models[0]?.probes.map(({ verdict }) => verdict)).toEqual(verdicts);
    expect(report.models[0]?.verdict).toBe(verdicts[0]);
    expect([report.interrupted, report.stopped_by]).toEqual([false, undefined]);
  });

  it('that answered once runs its other probes after an error', async () => {
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

describe('with --concurrency', () => {
  it.each([1, 3, 20])('at most %i models are tested at the same time', async (concurrency) => {
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

it('the events of a run report each probe, its result and the number of finished models', async () => {
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

describe('when the endpoint fails for every model', () => {
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

  it('one failure ends a run with one model', async () => {
    const running = validate(rejects(refused), { candidates: candidates('a') });
    await expect(running).rejects.toBe(refused);
  });

  it('requests in flight are aborted', async () => {
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

  it('one success turns the failures into verdicts of the other models', async () => {
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

it('an unexpected error ends the run and is not the verdict of a model', async () => {
  const bug = new TypeError('x is undefined');
  await expect(validate(scriptedChat({ b: rejects(bug) }))).rejects.toBe(bug);
});
