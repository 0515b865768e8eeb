import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { createAssembly } from '../../../src/core/chat/assembly.ts';
import { failed } from '../../../src/core/chat/chunk.ts';
import { JoinedText, partsOf } from '../../../src/core/chat/joined-text.ts';
import { parseSize, sizeText } from '../../../src/core/number.ts';
import { createCodeBlocks } from '../../../src/terminal/markdown/code-blocks.ts';
import {
  type Answer,
  ask,
  delta,
  STREAM,
  text,
  textOf,
  whole,
} from '../../helpers/chat-exchange.ts';

const CAP = 5000;

/** A stream that ends only when the client leaves. */
const endlessly =
  (chunk: (number: number) => unknown): Answer =>
  (response) => {
    let number = 0;
    response.writeHead(200, STREAM);
    const more = () => {
      while (!response.destroyed) {
        number += 1;
        if (!response.write(`data: ${JSON.stringify(chunk(number))}\n\n`)) break;
      }
    };
    response.on('drain', more);
    more();
  };

const call = (fields: object) => delta({ tool_calls: [fields] });

describe('an answer without an end is ended at its cap', () => {
  it.each<[string, (number: number) => unknown]>([
    ['of text', () => text('word ')],
    ['of one character after the other', () => text('a')],
    ['of reasoning', () => delta({ reasoning_content: 'word ' })],
    ['of reasoning between tags', (number) => text(number === 1 ? '<think>' : 'word ')],
    ['of a refusal', () => delta({ refusal: 'word ' })],
    ['of the arguments of a tool', () => call({ index: 0, function: { arguments: '[1,2' } })],
    [
      'of tool calls',
      (number) => call({ index: number, id: `${number}`, function: { name: 'f' } }),
    ],
    ['of tool calls without ids', () => call({ function: { name: 'f', arguments: '{}' } })],
    ['of indexes of one tool call', (index) => call({ index, id: 'a', function: { name: 'f' } })],
    ['of sound', () => delta({ audio: { data: 'AAAA' } })],
    ['of probabilities', () => ({ choices: [{ delta: {}, logprobs: { content: [{}] } }] })],
    ['of other fields', (number) => ({ ...text(''), [`field${number}`]: 'value' })],
    ['of other fields of the message', (number) => delta({ [`field${number}`]: 'value' })],
    ['of the whole text so far', (number) => text('abcdefghij'.repeat(number))],
  ])('%s', async (_, chunk) => {
    const { error, deltas } = await ask(endlessly(chunk), { max_answer: CAP });
    expect(error).toMatchObject({ kind: 'protocol', code: 'answer_too_large' });
    expect(textOf(deltas).length).toBeLessThan(CAP + 1000);
  });

  it('delivers what arrived', async () => {
    const { deltas } = await ask(
      endlessly(() => text('word ')),
      { max_answer: CAP },
    );
    expect(textOf(deltas).length).toBeGreaterThan(CAP - 1000);
  });

  it('counts bytes of UTF-8', async () => {
    const { deltas } = await ask(
      endlessly(() => text('你'.repeat(8))),
      { max_answer: 3 * 65_536 },
    );
    expect(textOf(deltas).length).toBeLessThanOrEqual(65_536 + 256);
  });
});

test('a whole answer above the cap is delivered and refused', async () => {
  const body = { choices: [{ message: { content: 'a'.repeat(CAP + 1) } }] };
  const { error, deltas } = await ask(whole(body), { max_answer: CAP, stream: false });
  expect(error).toMatchObject({ code: 'answer_too_large' });
  expect(textOf(deltas).length).toBe(CAP + 1);
});

describe('a whole answer whose body has no end', () => {
  const LIMIT = 32 * 1024 * 1024;
  const endless = (start: string) =>
    Array.from({ length: 9 }, (_, at) => (at === 0 ? start : 'word '.repeat(LIMIT / 5 / 8 + 1)));
  const sent =
    (start: string): Answer =>
    (response) =>
      void response
        .writeHead(200, { 'Content-Type': 'application/json' })
        .end(endless(start).join(''));

  it('is delivered as far as it came', async () => {
    const start = '{"choices":[{"message":{"reasoning":"hm","content":"';
    let large = 0;
    const collector = {
      begin: () => {},
      afterPiece: () => {},
      afterLarge: () => void (large += 1),
    };
    const { error, deltas } = await ask(sent(start), { stream: false, collector });
    expect(error).toMatchObject({ code: 'answer_too_large', hint: expect.stringContaining(' -s') });
    expect(deltas[0]).toEqual({ type: 'reasoning', text: 'hm' });
    expect(textOf(deltas).length).toBeGreaterThan(LIMIT - 1000);
    expect(large).toBeGreaterThan(0);
  });

  it('is refused where it is no answer', async () => {
    const { error, deltas } = await ask(sent('{"items":["'), { stream: false });
    expect(error).toMatchObject({ code: 'body_too_large' });
    expect(deltas).toEqual([]);
  });
});

test('fields that every chunk repeats do not count again', () => {
  const assembly = createAssembly({ suspected: false, raw_thinking: false });
  const rest = (created: number) => ({
    body: { created, service_tier: 'default' },
    choice: { filter: { hate: { severity: 'safe', filtered: false } } },
    message: undefined,
  });
  const chunk = failed({});
  const sizes = [1, 2, 3].map((created) => {
    assembly.add({ ...chunk, rest: rest(created), error: undefined });
    return assembly.size;
  });
  expect(new Set(sizes).size).toBe(1);
});

describe('a joined text', () => {
  const pieces = fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 600 });

  it('is the text of its pieces, whole and in parts', () => {
    fc.assert(
      fc.property(pieces, (list) => {
        const joined = new JoinedText();
        for (const piece of list) joined.add(piece);
        expect(joined.join()).toBe(list.join(''));
        expect(joined.length).toBe(list.join('').length);
        expect([...joined.drain()].join('')).toBe(list.join(''));
        expect(joined.join()).toBe('');
      }),
      { numRuns: 50 },
    );
  });

  it('keeps halves of characters', () => {
    const joined = new JoinedText();
    for (const piece of ['a', '\ud83d'.repeat(70_000), 'b']) joined.add(piece);
    expect(joined.join()).toBe(`a${'\ud83d'.repeat(70_000)}b`);
  });

  it('is cut between characters', () => {
    const parts = [...partsOf(`a${'😀'.repeat(100_000)}`)];
    expect(parts.length).toBeGreaterThan(2);
    expect(parts.every((part) => !/\p{Surrogate}/u.test(part))).toBe(true);
  });
});

test('code in a line without an end is passed on as it comes, and other text is not kept', () => {
  const blocks = createCodeBlocks();
  const write = (piece: string) => Array.from({ length: 100 }, () => blocks.write(piece)).join('');
  expect(write('word '.repeat(100))).toBe('');
  expect(blocks.write('\n```js\n')).toBe('');
  expect(write('code '.repeat(100)).length).toBeGreaterThan(40_000);
  expect(blocks.write(' end\n```\nword')).toMatch(/ end\n$/);
  expect(blocks.end()).toBe('');
});

describe('a size', () => {
  it.each([
    ['1', 1],
    ['500k', 512_000],
    ['1.5 KiB', undefined],
    ['1.5KiB', 1536],
    ['32MiB', 33_554_432],
    ['32M', 33_554_432],
    ['32mb', 33_554_432],
    ['0', undefined],
    ['-1', undefined],
    ['257M', undefined],
    ['', undefined],
    ['all', undefined],
  ])('%s', (written, bytes) => {
    const parse = () => parseSize(written, '--max-answer', 256 * 1024 ** 2);
    if (bytes === undefined) expect(parse).toThrow(/^--max-answer: .* 1 byte to 256MiB$/);
    else expect(parse()).toBe(bytes);
  });

  it('is written with the largest unit that fits', () => {
    expect([1, 1536, 2048, 33_554_432].map(sizeText)).toEqual(['1B', '2KiB', '2KiB', '32MiB']);
  });
});
