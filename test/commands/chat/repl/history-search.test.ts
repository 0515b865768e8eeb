import { expect, test } from 'vitest';
import { searchHistory } from '../../../../src/commands/chat/repl/history-search.ts';
import type { UserInput } from '../../../../src/commands/chat/repl/keyboard.ts';

const HISTORY = ['two cats', 'Two dogs', 'two cats', 'one cat'];

const key = (name: string, more = {}): UserInput => ({
  kind: 'key',
  text: undefined,
  key: { name, ...more },
});
const KEYS: Readonly<Record<string, UserInput>> = {
  '^R': key('r', { ctrl: true }),
  '^G': key('g', { ctrl: true }),
  '^D': key('d', { ctrl: true }),
  ESC: key('escape', { meta: true }),
  BS: key('backspace'),
  ENTER: key('return'),
  LEFT: key('left'),
};
const typed = (text: string): UserInput => ({ kind: 'key', text, key: { name: text } });

test.each([
  ['t w', 'going_on', 'two cats', 'search: tw'],
  ['t w ^R', 'going_on', 'Two dogs', 'search: tw'],
  ['t w ^R ^R ^R', 'going_on', 'two cats', 'no match: tw'],
  ['d o', 'going_on', 'Two dogs', 'search: do'],
  ['d x', 'going_on', 'Two dogs', 'no match: dx'],
  ['d x BS', 'going_on', 'Two dogs', 'search: d'],
  ['d BS', 'going_on', 'half', 'search: '],
  ['^R', 'going_on', 'two cats', 'search: '],
  ['n ENTER', 'entered', 'one cat', 'search: n'],
  ['x ENTER', 'left', 'half', 'no match: x'],
  ['n LEFT', 'taken', 'one cat', 'search: n'],
  ['n ^D', 'going_on', 'one cat', 'search: n'],
  ['n ESC', 'left', 'one cat', 'search: n'],
  ['n ^G', 'left', 'one cat', 'search: n'],
])('after %s a search of the history is %s at %j', (keys, outcome, line, prompt) => {
  const search = searchHistory(HISTORY, 'half');
  const outcomes = keys.split(' ').map((name) => search.take(KEYS[name] ?? typed(name)));
  expect([outcomes.at(-1), search.line, search.prompt]).toEqual([outcome, line, `(${prompt}) `]);
});
