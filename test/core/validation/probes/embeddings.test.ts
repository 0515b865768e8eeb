import { describe, expect, it } from 'vitest';
import { embeddingsProbe } from '../../../../src/core/validation/probes/embeddings.ts';
import { judgeProbe } from '../../../helpers/judged-probe.ts';

type Entry = { index?: number; embedding: unknown };

/**
 * The vector of the text at a place of the list. Each three texts have an axis of their own, and the
 * second and third are turned away from the first by a little and by more.
 */
function vectorAt(place: number, scale = 1): number[] {
  const axis = Math.floor(place / 3);
  const angle = [0, 0.2, 0.6][place % 3] ?? 0;
  const vector = Array.from({ length: 8 }, () => 0);
  vector[axis] = Math.cos(angle) * scale;
  vector[7] = Math.sin(angle) * scale;
  return vector;
}

async function judged(change: (entries: Entry[], input: unknown) => unknown, full = true) {
  const asked: Readonly<Record<string, unknown>>[] = [];
  const { checks } = await judgeProbe(embeddingsProbe, '', {
    full,
    async post(_, body) {
      asked.push(body);
      const { input } = body;
      const texts = [input].flat();
      const data = texts.map((_, index) => ({ index, embedding: vectorAt(index) }));
      return change(data, input);
    },
  });
  const bad = checks.filter(({ verdict }) => verdict !== 'pass');
  return {
    asked,
    bad: Object.fromEntries(bad.map((one) => [one.check, [one.verdict, one.reason]])),
  };
}

const each = (entries: Entry[], vector: (place: number) => unknown) => ({
  data: entries.map(({ index }) => ({ index, embedding: vector(index ?? 0) })),
});

describe('the vectors of a model for embeddings', () => {
  it('pass when the closest texts have the closest vectors', async () => {
    const { asked, bad } = await judged((data) => ({ data }));
    expect(bad).toEqual({});
    expect(asked.map(({ input }) => [input].flat().length)).toEqual([9, 1]);
    expect((await judged((data) => ({ data }), false)).asked).toHaveLength(1);
  });

  it.each<[string, string, string, (entries: Entry[], input: unknown) => unknown]>([
    ['are missing', 'one-vector-per-text', 'fail', () => ({})],
    ['are no document', 'one-vector-per-text', 'fail', () => undefined],
    ['are too few', 'one-vector-per-text', 'fail', (data) => ({ data: data.slice(1) })],
    ['are base64', 'one-vector-per-text', 'fail', (data) => each(data, () => 'AACAPw==')],
    ['hold texts', 'one-vector-per-text', 'fail', (data) => each(data, () => ['0.1', '0.2'])],
    [
      'differ in length',
      'length',
      'fail',
      (data) => each(data, (at) => vectorAt(at).slice(at % 2)),
    ],
    ['are zeros', 'norm', 'fail', (data) => each(data, () => [0, 0, 0])],
    ['are not of length 1', 'norm', 'warn', (data) => each(data, (at) => vectorAt(at, 5))],
    ['are all the same', 'order-of-similarities', 'fail', (data) => each(data, () => vectorAt(0))],
    [
      'belong to other texts',
      'order-of-similarities',
      'fail',
      (data) => each(data, (at) => vectorAt(at ^ 1)),
    ],
    [
      'are sent backwards, each with its index',
      'in-order',
      'warn',
      (data) => ({ data: data.toReversed() }),
    ],
    [
      'have no index',
      'in-order',
      'warn',
      (data) => ({ data: data.map(({ embedding }) => ({ embedding })) }),
    ],
    [
      'change with the other texts',
      'same-alone',
      'fail',
      (data, input) => (typeof input === 'string' ? each(data, () => vectorAt(4)) : { data }),
    ],
  ])('that %s: embeddings/%s is %s', async (_, check, verdict, change) => {
    const { bad } = await judged(change);
    expect(bad[`embeddings/${check}`]).toEqual([verdict, expect.stringMatching(/\w/)]);
  });

  it('are reported by the texts that they confuse', async () => {
    const { bad } = await judged((data) => each(data, (at) => vectorAt(at ^ 1)));
    expect(bad['embeddings/order-of-similarities']?.[1]).toMatch(
      /^Of all texts it finds ".+" \([\d.]+\) nearest to ".+"; ".+" is right$/,
    );
  });
});
