import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  contextWindowOf,
  estimateTokens,
  fitToWindow,
} from '../../../src/core/conversation/window.ts';
import type { Turn } from '../../../src/core/conversation/conversation.ts';
import { knownModels } from '../../../src/core/models/list.ts';
import { catalogue } from '../../../src/core/qwen/models.ts';
import { type ChatMessage, userMessage } from '../../../src/core/chat/messages.ts';

function turn(id: string, text: string): Turn {
  const messages: ChatMessage[] = [userMessage(text), { role: 'assistant', content: text }];
  return { type: 'turn', id, at: 0, model: 'm', messages };
}

describe('the estimated tokens of a message', () => {
  test.each([
    ['are 1 for 3 bytes of English, and 4 for the message', 'abc'.repeat(10), 14],
    ['are 1 for a character of Chinese, and 4 for the message', '你好世界', 8],
    ['are 4 when it is empty', '', 4],
  ])('the estimated tokens of a message %s', (_, text, tokens) => {
    expect(estimateTokens([userMessage(text)])).toBe(tokens);
  });

  test('are 2560 for a picture of any size in bytes', () => {
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
  ['vision-model', 131_072],
  ['qwen-vl-plus', 131_072],
  ['qwen3-vl-plus', 262_144],
  ['qwen3-max', 262_144],
  ['llama3.2', 131_072],
])('the context window of %s is %i tokens', (model, tokens) => {
  expect(contextWindowOf(model)).toBe(tokens);
});

test('a conversation has the context window that list-models shows, for every known model', () => {
  for (const { id, context } of knownModels(catalogue)) {
    expect(context).toEqual({ from: 'catalogue', value: contextWindowOf(id) });
  }
});

describe('the prompt of a conversation', () => {
  const question = [userMessage('now')];
  const turns = ['one', 'two', 'six'].map((text) => turn(text, text));

  test('holds all turns if they fit, after the system text and before the question', () => {
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

  test('leaves out the oldest turns, whole ones, if not all fit', () => {
    // 5 for the question, 10 for a turn; a quarter of the window is left for the answer.
    const fitted = fitToWindow({ system: undefined, turns, question, window: 36 });
    expect(fitted).toMatchObject({ left_out: 1, tokens: 25, limit: 27 });
    expect(fitted.messages.map(({ content }) => content)).toEqual([
      'two',
      'two',
      'six',
      'six',
      'now',
    ]);
  });

  test('leaves max_tokens of the window for the answer', () => {
    expect(
      fitToWindow({ system: undefined, turns, question, window: 36, max_tokens: 1 }),
    ).toMatchObject({ left_out: 0, limit: 35 });
  });

  test('always holds system text and question, and as many of the latest turns as fit', () => {
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
          if (kept.length > 0) expect(fitted.tokens).toBeLessThanOrEqual(fitted.limit);
          const next = all[fitted.left_out - 1];
          if (next) {
            expect(fitted.tokens + estimateTokens(next.messages)).toBeGreaterThan(fitted.limit);
          }
        },
      ),
    );
  });
});
