import { describe, expect, it } from 'vitest';
import type { Chat } from '../../../src/core/chat/answer.ts';
import { ApiError, ProtocolError } from '../../../src/core/errors.ts';
import type { ValidationOptions } from '../../../src/core/validation/run.ts';
import { answer, rightAnswer } from '../../helpers/scripted-chat.ts';
import { candidates, validate } from '../../helpers/validate.ts';

describe('repeats side by side', () => {
  /** Runs models with `repeat` rounds, in which every second answer is wrong if `odd`. */
  async function rounds(
    names: string[],
    more: Partial<ValidationOptions>,
    wrong = 0,
    second?: Error,
  ) {
    let [open, most, asked] = [0, 0, 0];
    const seen: string[] = [];
    const chat: Chat = async ({ model, messages }) => {
      open += 1;
      most = Math.max(most, open);
      asked += 1;
      seen.push(`${model} ${JSON.stringify(messages)}`);
      const mine = asked;
      await new Promise((resolve) => setImmediate(resolve));
      open -= 1;
      if (mine === 2 && second) throw second;
      return answer(mine <= wrong ? 'no' : rightAnswer(JSON.stringify(messages)));
    };
    const report = await validate(chat, { candidates: candidates(...names), ...more });
    return { report, most, asked, seen };
  }

  it('are as many as --concurrency allows, and no model waits for them', async () => {
    expect(await rounds(['a'], { repeat: 10, concurrency: 4 })).toMatchObject({
      most: 4,
      asked: 10,
    });
    expect((await rounds(['a'], { repeat: 3, concurrency: 100 })).most).toBe(3);
    expect((await rounds(['a'], { repeat: 10, concurrency: 1 })).most).toBe(1);
    const many = await rounds(['a', 'b', 'c', 'd', 'e'], { repeat: 6, concurrency: 3 });
    expect(many).toMatchObject({ most: 3, asked: 30 });
    expect(many.report.models.map(({ verdict }) => verdict)).toEqual(Array(5).fill('pass'));
  });

  it('ask the same questions as one after another', async () => {
    const [one, four] = await Promise.all(
      [1, 4].map((concurrency) => rounds(['a', 'b'], { repeat: 5, concurrency })),
    );
    expect(four?.seen.toSorted()).toEqual(one?.seen.toSorted());
    expect(new Set(one?.seen).size).toBe(10);
  });

  it.each([
    [1, 0.9, 'pass'],
    [2, 0.9, 'fail'],
    [1, 1, 'fail'],
    [0, 1, 'pass'],
  ])('with %d of 10 wrong and --min-pass-rate %d are %s', async (wrong, min_pass_rate, verdict) => {
    const { report } = await rounds(['a'], { repeat: 10, min_pass_rate }, wrong);
    const [model] = report.models;
    expect(model).toMatchObject({ verdict, flaky: verdict === 'pass' && wrong > 0 });
    expect(model?.probes[0]?.repeats).toMatchObject({ count: 10, passed: 10 - wrong });
    if (wrong > 0) expect(model?.probes[0]?.reason).toContain(`Passed ${10 - wrong} of 10: `);
  });

  it('go on after an error if not all have to pass', async () => {
    const one = { repeat: 10, concurrency: 1 };
    const truncated = new ProtocolError('broke off', { code: 'truncated_stream' });
    const some = await rounds(['a'], { ...one, min_pass_rate: 0.9 }, 0, truncated);
    expect(some.asked).toBe(10);
    expect(some.report.models[0]).toMatchObject({ verdict: 'pass', flaky: true });
    const gone = new ApiError('No', { code: 'model_not_found', status: 404 });
    const none = await rounds(['a'], { ...one, min_pass_rate: 0.5 }, 0, gone);
    expect(none.asked).toBe(2);
    expect(none.report.models[0]).toMatchObject({ verdict: 'unavailable' });
  });
});
