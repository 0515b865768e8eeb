import { expect, test } from 'vitest';
import { conversationName, isConversationName } from '../../../src/core/conversation/name.ts';

test.each(['a', 'A1', 'release-notes', 'x_y', '2026-11-23', 'a'.repeat(64)])(
  '%s can name a conversation',
  (name) => {
    expect(conversationName(name)).toBe(name);
  },
);

test.each([
  ['nothing', ''],
  ['a path', 'a/b'],
  ['a way up', '..'],
  ['a way up on Windows', '..\\x'],
  ['an ending', 'a.jsonl'],
  ['a hidden file', '.a'],
  ['a flag', '-a'],
  ['a blank', 'a b'],
  ['a line break', 'a\n'],
  ['a NUL', 'a\0'],
  ['other alphabets', 'résumé'],
  ['an escape sequence', '\u001B[2J'],
  ['a device', 'NUL'],
  ['a numbered device', 'com1'],
  ['too much', 'a'.repeat(65)],
])('%s cannot', (_, name) => {
  expect(isConversationName(name)).toBe(false);
  expect(() => conversationName(name)).toThrow(/cannot name a conversation/);
});
