import { describe, expect, it } from 'vitest';
import type { ChatAnswer } from '../../../../src/core/chat/answer.ts';
import { createDraw } from '../../../../src/core/validation/draw.ts';
import { drawCount } from '../../../../src/core/validation/probes/count.ts';
import { streamProbe } from '../../../../src/core/validation/probes/stream.ts';
import { verdict } from '../../../helpers/judged-probe.ts';

const { from } = drawCount(createDraw('a-seed'), 20);
const numbers = (length: number, first = from) =>
  Array.from({ length }, (_, index) => first + index);

const good: Partial<ChatAnswer> = {
  content: numbers(20).join(', '),
  chunks: 59,
  usage: { prompt_tokens: 30, completion_tokens: 59, total_tokens: 89 },
  timings: { headers: 5, first_token: 10, total: 40 },
};

describe('good answers', () => {
  it('the stream probe passes an answer in pieces with a finish_reason', async () => {
    expect(await verdict(streamProbe, good)).toBe('pass');
  });

  it.each(['1,2,3', '1, 2, 3', '1\n2\n3'])(
    'the stream probe passes numbers separated as in %j',
    async (sample) => {
      const separator = sample.slice(1, sample.indexOf('2'));
      const content = `<think>easy</think>${numbers(20).join(separator)}`;
      expect(await verdict(streamProbe, { ...good, content })).toBe('pass');
    },
  );
});

it.each<[Partial<ChatAnswer>, RegExp]>([
  [{ streamed: false, chunks: 1 }, /^Sent the whole answer as JSON/],
  [{ chunks: 1 }, /^Sent the whole answer in one piece$/],
  [{ finish_reason: undefined }, /^Ended with the finish_reason \(none\), not stop$/],
  [{ finish_reason: 'length' }, /finish_reason length, not stop/],
  [{ content: numbers(19).join() }, new RegExp(`^Answered "${numbers(3).join()}`)],
  [
    { content: numbers(20).toReversed().join() },
    new RegExp(`^Answered "${from + 19},${from + 18}`),
  ],
  [
    { content: numbers(20, from === 500 ? 501 : 500).join() },
    /another question asks for, so a cache/,
  ],
])('the stream probe fails an answer with %j', async (more, reason) => {
  expect(await verdict(streamProbe, { ...good, ...more })).toMatch(reason);
});
