import { describe, expect, it } from 'vitest';
import { createThinkingSplit, splitThinking } from '../../../src/core/chat/thinking.ts';
import { ask, events, text, whole } from '../../helpers/chat-exchange.ts';

function inPieces(size: number, said: string, raw = false) {
  const split = createThinkingSplit(raw);
  const all = { reasoning: '', content: '' };
  const pieces = said.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? [];
  for (const { reasoning, content } of [...pieces.map(split.push), split.end()]) {
    all.reasoning += reasoning;
    all.content += content;
  }
  return all;
}

describe('thinking at the beginning of the content', () => {
  it.each([
    ['<think>hm</think>yes', 'hm', 'yes'],
    [' \n<think>\nhm\n</think>\n\nyes\n', 'hm\n', 'yes\n'],
    ['<thinking>a </think> b</thinking>yes', 'a </think> b', 'yes'],
    ['<THINK>hm</Think>yes', 'hm', 'yes'],
    ['<think>1 < 2 </thin </think>yes', '1 < 2 </thin ', 'yes'],
    ['<think></think>yes', '', 'yes'],
    ['<think>hm', 'hm', ''],
    ['<think>hm</thi', 'hm</thi', ''],
    ['yes <think>no</think>', '', 'yes <think>no</think>'],
    ['`<think>` is a tag', '', '`<think>` is a tag'],
    ['<thin', '', '<thin'],
    ['<p>yes</p>', '', '<p>yes</p>'],
    ['', '', ''],
  ])('is split off in pieces of any size: %j', (said, reasoning, content) => {
    for (const size of [1, 2, 3, 7, 100]) {
      expect(inPieces(size, said), `${size} characters`).toEqual({ reasoning, content });
    }
  });

  it('stays in the content with raw_thinking', () => {
    expect(inPieces(3, '<think>hm</think>yes', true).content).toBe('<think>hm</think>yes');
  });

  it.each([
    ['hm\n</think>\nyes', 'hm', 'yes'],
    ['a `</think>` b', '', 'a `</think>` b'],
    ['a\n```\n</think>\n```\nb', '', 'a\n```\n</think>\n```\nb'],
    ['a <think>b</think>', '', 'a <think>b</think>'],
    ['<think>hm</think>a</think>b', 'hm', 'a</think>b'],
  ])('can end with a lone tag in a whole answer: %j', (said, reasoning, content) => {
    expect(splitThinking(said)).toEqual({ reasoning, content });
  });

  it('becomes the reasoning of an answer, whole and streamed', async () => {
    const said = '<think>hm</think>\nyes';
    const stream = events(...[...said].map((character) => text(character)), '[DONE]');
    const one = whole({ choices: [{ message: { content: said } }] });
    for (const answer of [stream, one]) {
      expect((await ask(answer)).answer).toMatchObject({ reasoning: 'hm', content: 'yes' });
      const raw = await ask(answer, { raw_thinking: true });
      expect(raw.answer).toMatchObject({ reasoning: '', content: said });
    }
  });
});
