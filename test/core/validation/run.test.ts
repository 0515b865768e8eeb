import { describe, expect, it } from 'vitest';
import type { Chat } from '../../../src/core/chat/answer.ts';
import { ApiError, AuthError, NetworkError } from '../../../src/core/errors.ts';
import { chatProbe, type Probe } from '../../../src/core/validation/probes.ts';
import {
  validateModels,
  type ValidationEvent,
  type ValidationOptions,
} from '../../../src/core/validation/run.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';
import { answer, scriptedChat, silence } from '../../helpers/scripted-chat.ts';

const names = (...models: string[]) => models.map((model) => ({ model, required: true }));

const run = (chat: Chat, more: Partial<ValidationOptions> = {}) =>
  validateModels({
    chat,
    clock: new FakeClock(),
    endpoint: 'http://127.0.0.1/v1',
    candidates: names('a', 'b', 'c', 'd'),
    probes: [chatProbe],
    concurrency: 4,
    timeout: 5000,
    signal: new AbortController().signal,
    ...more,
  });

const rejects = (error: Error) => async () => {
  throw error;
};

describe('a report', () => {
  it('holds the models in the order in which they were named, and counts them', async () => {
    const missing = new ApiError('The model b does not exist', { code: 'x', status: 404 });
    const report = await run(scriptedChat({ a: () => answer('41'), b: rejects(missing) }), {
      candidates: [...names('a'), { model: 'b', required: false }, ...names('c')],
    });
    expect(report.models.map(({ model, verdict }) => [model, verdict])).toEqual([
      ['a', 'fail'],
      ['b', 'unavailable'],
      ['c', 'pass'],
    ]);
    expect(report.models[1]?.reason).toBe('The model b does not exist');
    expect(report.interrupted).toBe(false);
    expect(report.summary).toEqual({
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
    const report = await run(chat, { clock, candidates: names('a') });
    expect(report).toMatchObject({
      started_at: 1_000_000,
      duration_ms: 800,
      models: [{ latency_ms: 800, first_token_ms: 250, probes: [{ probe: 'chat' }] }],
    });
  });
});

describe('a model', () => {
  it('that does not answer in its time is a timeout, and the others are not held up', async () => {
    const report = await run(scriptedChat({ b: silence }), { timeout: 30 });
    expect(report.models.map(({ verdict }) => verdict)).toEqual([
      'pass',
      'timeout',
      'pass',
      'pass',
    ]);
    expect(report.models[1]?.reason).toBe('No complete answer within 0.03 s');
  });

  it('is put one probe after another until one gets no answer', async () => {
    const put: string[] = [];
    const probe = (name: string, run: Probe['run']): Probe => ({
      name,
      run: (model, ask) => {
        put.push(name);
        return run(model, ask);
      },
    });
    const denied = new ApiError('Not for you', { code: 'Model.AccessDenied', status: 403 });
    const report = await run(scriptedChat({}), {
      candidates: names('a'),
      probes: [
        probe('one', async () => ({ verdict: 'pass' })),
        probe('two', async () => ({ verdict: 'fail', reason: 'No' })),
        probe('three', rejects(denied)),
        probe('four', async () => ({ verdict: 'pass' })),
      ],
    });
    expect(put).toEqual(['one', 'two', 'three']);
    expect(report.models[0]).toMatchObject({ verdict: 'fail', reason: 'No' });
    expect(report.models[0]?.probes.map(({ verdict }) => verdict)).toEqual([
      'pass',
      'fail',
      'denied',
    ]);
  });
});

describe('at the same time', () => {
  it.each([1, 3, 20])('%i models are asked, no more', async (concurrency) => {
    let now = 0;
    let most = 0;
    const chat: Chat = async () => {
      most = Math.max(most, (now += 1));
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
      now -= 1;
      return answer('42');
    };
    const many = names(...Array.from({ length: 20 }, (_, index) => `model-${index}`));
    const report = await run(chat, { candidates: many, concurrency });
    expect(most).toBe(concurrency);
    expect(report.summary.passed).toBe(20);
  });
});

describe('events', () => {
  it('tell what is being asked and count what is finished', async () => {
    const events: ValidationEvent[] = [];
    await run(scriptedChat({ a: () => answer('41') }), {
      candidates: names('a', 'b'),
      concurrency: 1,
      onEvent: (event) => events.push(event),
    });
    expect(
      events.map((event) =>
        event.type === 'started'
          ? event.model
          : [event.result.model, event.result.verdict, event.finished, event.total],
      ),
    ).toEqual(['a', ['a', 'fail', 1, 2], 'b', ['b', 'pass', 2, 2]]);
  });
});

describe('when nothing gets through to the endpoint', () => {
  const refused = new AuthError('127.0.0.1 refused the key', {
    code: 'invalid_api_key',
    status: 401,
  });
  const down = new NetworkError('127.0.0.1 refused the connection', { code: 'connection_refused' });

  it.each([refused, down])('the run ends with the error itself: $name', async (error) => {
    const asked: string[] = [];
    const events: ValidationEvent[] = [];
    const chat: Chat = async ({ model }) => {
      asked.push(model);
      await Promise.resolve();
      throw error;
    };
    const running = run(chat, {
      candidates: names('a', 'b', 'c', 'd', 'e', 'f'),
      concurrency: 1,
      onEvent: (event) => events.push(event),
    });
    await expect(running).rejects.toBe(error);
    expect(asked).toEqual(['a', 'b', 'c']);
    expect(events.filter(({ type }) => type === 'finished')).toEqual([]);
  });

  it('a single model is enough when there is only one', async () => {
    await expect(run(rejects(refused), { candidates: names('a') })).rejects.toBe(refused);
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
    await expect(run(chat)).rejects.toBe(down);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it('one that does get through makes it the matter of the models that did not', async () => {
    const finished: string[] = [];
    const report = await run(scriptedChat({ a: rejects(refused), b: rejects(refused) }), {
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

describe('an interrupted run', () => {
  it('reports what is known and skips the rest', async () => {
    const controller = new AbortController();
    const report = await run(scriptedChat({ b: silence }), {
      concurrency: 2,
      signal: controller.signal,
      candidates: names('a', 'b', 'c', 'd'),
      onEvent: (event) => {
        if (event.type === 'finished') controller.abort(new Error('SIGINT'));
      },
    });
    expect(report.interrupted).toBe(true);
    expect(report.models.map(({ verdict, reason }) => [verdict, reason])).toEqual([
      ['pass', undefined],
      ['skipped', 'Interrupted'],
      ['skipped', 'Not asked'],
      ['skipped', 'Not asked'],
    ]);
    expect(report.summary).toMatchObject({ passed: 1, failed: 0, skipped: 3 });
  });
});

it('a bug is not taken for a model that fails', async () => {
  const bug = new TypeError('x is undefined');
  await expect(run(scriptedChat({ b: rejects(bug) }))).rejects.toBe(bug);
});
