import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contextWindowOf,
  estimateTokens,
  fitToWindow,
} from '../../../src/core/conversation/window.ts';
import type { Turn } from '../../../src/core/conversation/conversation.ts';
import { type ChatMessage, userMessage } from '../../../src/core/chat/messages.ts';

function turn(id: string, text: string): Turn {
  const messages: ChatMessage[] = [userMessage(text), { role: 'assistant', content: text }];
  return { type: 'turn', id, at: 0, model: 'm', messages };
}

describe('a message is taken for', () => {
  test.each([
    ['a token for three bytes of English', 'abc'.repeat(10), 14],
    ['a token for one character of Chinese', '你好世界', 8],
    ['what surrounds it when it is empty', '', 4],
  ])('%s', (_, text, tokens) => {
    expect(estimateTokens([userMessage(text)])).toBe(tokens);
  });

  test('2560 tokens a picture, whatever its size in bytes', () => {
    const picture = {
      type: 'image_url' as const,
      image_url: { url: 'data:image/png;base64,AAAA' },
    };
    expect(estimateTokens([userMessage('abc', [picture, picture])])).toBe(4 + 1 + 2 * 2560);
  });
});

test.each([
  ['qwen3-coder-plus', 1_000_000],
  ['qwen3-coder-plus-2025-09-23', 1_000_000],
  ['coder-model', 1_000_000],
  ['qwen3.5-plus', 1_000_000],
  ['vision-model', 262_144],
  ['qwen-vl-plus', 131_072],
  ['llama3.2', 131_072],
])('%s takes %i tokens', (model, tokens) => {
  expect(contextWindowOf(model)).toBe(tokens);
});

describe('a conversation', () => {
  const question = [userMessage('now')];
  const turns = ['one', 'two', 'six'].map((text) => turn(text, text));

  test('that fits is sent whole, the system text first and the question last', () => {
    const fitted = fitToWindow({ system: 'be', turns, question, window: 1000 });
    expect(fitted.left_out).toBe(0);
    expect(fitted.messages.map(({ content }) => content)).toEqual([
      'be',
      'one',
      'one',
      'two',
      'two',
      'six',
      'six',
      'now',
    ]);
  });

  test('that does not fit loses its oldest turns, whole ones', () => {
    // 5 for the question, 10 for a turn; a quarter of the window is left for the answer.
    const fitted = fitToWindow({ system: undefined, turns, question, window: 36 });
    expect(fitted).toMatchObject({ left_out: 1, tokens: 25, room: 27 });
    expect(fitted.messages.map(({ content }) => content)).toEqual([
      'two',
      'two',
      'six',
      'six',
      'now',
    ]);
  });

  test('leaves as much for the answer as was asked for', () => {
    expect(
      fitToWindow({ system: undefined, turns, question, window: 36, max_tokens: 1 }),
    ).toMatchObject({ left_out: 0, room: 35 });
  });

  test('never loses system text and question, and sends the longest run of turns that fits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 300 }),
        (texts, window) => {
          const all = texts.map((text, index) => turn(String(index), text));
          const fitted = fitToWindow({ system: 's', turns: all, question, window });
          expect(fitted.messages[0]).toEqual({ role: 'system', content: 's' });
          expect(fitted.messages.at(-1)).toBe(question[0]);
          const kept = all.slice(fitted.left_out);
          expect(fitted.messages.slice(1, -1)).toEqual(kept.flatMap(({ messages }) => messages));
          expect(fitted.tokens).toBe(estimateTokens(fitted.messages));
          if (kept.length > 0) expect(fitted.tokens).toBeLessThanOrEqual(fitted.room);
          const next = all[fitted.left_out - 1];
          if (next) {
            expect(fitted.tokens + estimateTokens(next.messages)).toBeGreaterThan(fitted.room);
          }
        },
      ),
    );
  });
});
