import { describe, expect, test } from 'vitest';
import { pathArgument } from '../../../../src/commands/chat/repl/path-argument.ts';
import {
  completeCommand,
  parseCommand,
} from '../../../../src/commands/chat/repl/slash-commands.ts';

describe('parseCommand', () => {
  test.each([
    ['/help', 'help', ''],
    ['/model qwen3-coder-flash ', 'model', 'qwen3-coder-flash'],
    ['/Help', 'help', ''],
    ['/quit', 'exit', ''],
    ['exit', 'exit', ''],
    [' quit ', 'exit', ''],
    [':q', 'exit', ''],
    ['/bye', 'exit', ''],
    ['/?', 'help', ''],
    ['/system be brief\nand kind', 'system', 'be brief\nand kind'],
  ])('%j is a slash command', (line, name, argument) => {
    expect(parseCommand(line)).toEqual({ name, argument });
  });

  test.each(['/etc/hosts', ' /help', '/', '// a comment', 'and/or', '/2', 'exit now', 'quit\nit'])(
    '%j is not a slash command',
    (line) => {
      expect(parseCommand(line)).toBeUndefined();
    },
  );
});

test.each([
  ['/', 16],
  ['/s', 2],
  ['/exit', 1],
  ['/exit ', 0],
  ['', 0],
  ['s', 0],
])('%j completes to %i commands', (line, count) => {
  expect(completeCommand(line)).toHaveLength(count);
});

test.each([
  ['plain.txt', 'plain.txt'],
  ['"with blanks.txt"', 'with blanks.txt'],
  ["'with blanks.txt'", 'with blanks.txt'],
  ['dropped\\ on\\ a\\ terminal\\ \\(1\\).txt', 'dropped on a terminal (1).txt'],
  ['C:\\temp\\a.txt', 'C:\\temp\\a.txt'],
  ['~/a.txt', '/home/me/a.txt'],
  ['https://example.org/a.png', 'https://example.org/a.png'],
])('the argument %s names the path %s', (argument, place) => {
  expect(pathArgument(argument, { env: { HOME: '/home/me' } })).toBe(place);
});
