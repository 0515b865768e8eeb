import { expect, test } from 'vitest';
import { completeHint } from '../../src/commands/hint-commands.ts';

const AGAIN = 'Sign in again: qwen-demo auth';

test.each<[hint: string, argv: string[], completed: string]>([
  [AGAIN, ['chat', '-p', 'hi'], AGAIN],
  [AGAIN, ['chat', '--profile', 'work'], `${AGAIN} --profile work`],
  [AGAIN, ['chat', '--profile=work'], `${AGAIN} --profile work`],
  [AGAIN, ['--', '--profile', 'work'], AGAIN],
  [AGAIN, ['chat', '--credentials', "/a b/it's"], `${AGAIN} --credentials '/a b/it'\\''s'`],
  [
    AGAIN,
    ['auth', '--issuer', 'https://a.example', '--client-id', 'app', '--no-browser'],
    `${AGAIN} --issuer https://a.example --client-id app`,
  ],
  [
    'No key:\n  qwen-demo auth login --with-api-key\nor none',
    ['chat', '--profile', 'work', '--issuer', 'https://a.example'],
    'No key:\n  qwen-demo auth login --with-api-key --profile work\nor none',
  ],
  [
    '  qwen-demo auth login --with-api-key < key.txt',
    ['auth', 'login', '--with-api-key', '--profile', 'work'],
    '  qwen-demo auth login --with-api-key --profile work < key.txt',
  ],
  [
    '  qwen-demo auth login --with-api-key < key.txt',
    ['auth', 'login', '--with-api-key', '--plan', 'coding', '--region=intl', '--scope', 'a'],
    '  qwen-demo auth login --with-api-key --plan coding --region intl < key.txt',
  ],
  [
    'No key:\n  qwen-demo auth login --with-api-key',
    ['chat', '--base-url', 'https://api.example.com/v1'],
    'No key:\n  qwen-demo auth login --with-api-key --base-url https://api.example.com/v1',
  ],
  [
    'Make it: qwen-demo auth login --profile work',
    ['chat', '--profile', 'work'],
    'Make it: qwen-demo auth login --profile work',
  ],
  ['  qwen-demo sandbox -- chat -p hi', ['--profile', 'work'], '  qwen-demo sandbox -- chat -p hi'],
])('the hint %j after the command line %j is %j', (hint, argv, completed) => {
  expect(completeHint(hint, argv)).toBe(completed);
});
