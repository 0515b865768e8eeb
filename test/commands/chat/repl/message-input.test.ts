import { expect, test } from 'vitest';
import type { EditorResult } from '../../../../src/commands/chat/repl/line-editor.ts';
import { readMessage } from '../../../../src/commands/chat/repl/message-input.ts';

const line = (text: string): EditorResult => ({
  kind: 'line',
  text,
  typed: text,
  abbreviated: false,
});

/** An editor in which these lines are entered; the prompts it showed. */
function editor(...entries: (string | EditorResult)[]) {
  const prompts: string[] = [];
  const joined: string[] = [];
  return {
    prompts,
    joined,
    joinLines: (_: readonly string[], text: string) => void joined.push(text),
    readLine: async (prompt: string): Promise<EditorResult> => {
      prompts.push(prompt);
      const entry = entries.shift() ?? { kind: 'end' };
      return typeof entry === 'string' ? line(entry) : entry;
    },
  };
}

test.each([
  ['one line', ['one'], 'one'],
  ['a backslash at the end', ['one\\', 'two\\', 'three'], 'one\ntwo\nthree'],
  ['a backslash elsewhere', ['a\\b'], 'a\\b'],
  ['quotation marks around lines', ['"""', 'one', '', 'two', '"""'], 'one\n\ntwo'],
  ['quotation marks around a line', ['"""one"""'], 'one'],
  ['quotation marks beside lines', ['"""one', 'two"""'], 'one\ntwo'],
  ['a backslash between quotation marks', ['"""one\\', 'two"""'], 'one\\\ntwo'],
  ['one pair of quotation marks', ['"one"'], '"one"'],
])('a message can have %s', async (_, lines, text) => {
  const input = editor(...lines);
  expect(await readMessage(input)).toMatchObject({ kind: 'line', text, abbreviated: false });
  expect(input.joined).toEqual(lines.length > 1 ? [text] : []);
  expect(input.prompts).toEqual(lines.map((_, index) => (index === 0 ? '> ' : '… ')));
});

test('a message is abbreviated if one of its lines is', async () => {
  const named: EditorResult = { kind: 'line', text: 'long', typed: '[1]', abbreviated: true };
  expect(await readMessage(editor('one\\', named))).toEqual({
    kind: 'line',
    text: 'one\nlong',
    typed: 'one\\\n[1]',
    abbreviated: true,
  });
});

test('Ctrl-C within a message of several lines is not Ctrl-C at an empty prompt', async () => {
  expect(await readMessage(editor({ kind: 'interrupt', empty: true }))).toMatchObject({
    empty: true,
  });
  expect(await readMessage(editor('one\\', { kind: 'interrupt', empty: true }))).toEqual({
    kind: 'interrupt',
    empty: false,
  });
  expect(await readMessage(editor('one\\', { kind: 'end' }))).toEqual({ kind: 'end' });
});
