import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createHome } from '../helpers/program.ts';

const LOGIN = ['auth', 'login', '--no-browser'];

describe('a flag that cannot be used exits 2 with one line, and nothing is written', () => {
  test.each([
    ['--profile', '../x'],
    ['--profile', ''],
    ['--plan', 'gold'],
    ['--region', 'mars'],
    ['--base-url', 'http://example.com'],
    ['--issuer', 'http://example.com'],
    ['--issuer', 'https://example.com/?a=b'],
    ['--issuer', 'nonsense'],
    ['--resource', '/relative'],
    ['--store', 'cloud'],
    ['--user-agent', 'ä'],
    ['--timeout', 'soon'],
    ['--max-retries', '-1'],
    ['--auth', 'magic'],
  ])('the flag %s with the value %j exits 2', async (flag, value) => {
    await using home = await createHome();
    const command = flag === '--auth' ? ['auth', 'status'] : LOGIN;
    const run = await home.run([...command, `${flag}=${value}`]);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/^error: /);
    expect(run.stderr.match(/^error:/gm)).toHaveLength(1);
    expect(existsSync(dirname(home.credentials))).toBe(false);
  });
});

describe('an authorization server that no secret may be sent to exits 2 before anything is', () => {
  test.each([
    'nonsense',
    'ftp://example.com',
    'javascript:1',
    'http://example.com',
    'https://user:pw@example.com',
    'https://example.com/?a=b',
  ])('QWEN_DEMO_OAUTH_BASE_URL=%s', async (QWEN_DEMO_OAUTH_BASE_URL) => {
    await using home = await createHome({ QWEN_DEMO_OAUTH_BASE_URL });
    const run = await home.run(LOGIN);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(
      /^error: QWEN_DEMO_OAUTH_BASE_URL(: .* is not an issuer\n| names plain http for example\.com)/,
    );
    expect(existsSync(dirname(home.credentials))).toBe(false);
  });
});

describe('a config.json that cannot be used ends every command before it does anything', () => {
  test.each([
    ['that is not JSON', '{"profiles": {,}}', 2, 'is not JSON: line 1, column 15'],
    ['with an unknown key', '{"profiles":{"a":{"modle":"x"}}}', 2, 'did you mean model?'],
    ['with a value out of range', '{"profiles":{"default":{"timeout":-1}}}', 2, 'profile default'],
    ['that is empty', '', 2, 'is not JSON'],
    ['that is a folder', undefined, 8, 'is a folder, not a file'],
  ])('a config.json %s ends every command', async (_, text, code, message) => {
    await using home = await createHome();
    const path = join(dirname(home.credentials), 'config.json');
    await mkdir(text === undefined ? path : dirname(path), { recursive: true });
    if (text !== undefined) await writeFile(path, text);
    for (const command of [LOGIN, ['auth', 'status'], ['chat', '-p', 'hi'], ['list-models']]) {
      const run = await home.run(command);
      expect(run).toMatchObject({ code, stdout: '' });
      expect(run.stderr).toContain(message);
    }
    if (text !== undefined) expect(await readFile(path, 'utf8')).toBe(text);
    expect(existsSync(home.credentials)).toBe(false);
  });
});

test('a profile that does not exist is refused by all commands but a login', async () => {
  await using home = await createHome({ QWEN_DEMO_PROFILE: 'wrok' });
  await mkdir(dirname(home.credentials), { recursive: true });
  await writeFile(join(dirname(home.credentials), 'config.json'), '{"profiles":{"work":{}}}');
  const run = await home.run(['chat', '-p', 'hi', '--json']);
  expect(run.code).toBe(2);
  expect(JSON.parse(run.stderr).error).toMatchObject({
    kind: 'usage',
    code: 'unknown_profile',
    message: 'QWEN_DEMO_PROFILE: no profile "wrok"; did you mean work?',
    hint: expect.stringContaining('There are: default, work'),
  });
});
