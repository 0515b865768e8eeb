import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../helpers/command-line.ts';
import { CLIENT_KEY, recorder } from '../../helpers/local-endpoint.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'serve-'));
  const write = async (name: string, text: string, mode: number) => {
    await writeFile(join(folder, name), text);
    await chmod(join(folder, name), mode);
  };
  await write('good', `${CLIENT_KEY}\n`, 0o600);
  await write('open', CLIENT_KEY, 0o644);
  await write('group', CLIENT_KEY, 0o620);
  await write('short', 'sk-1', 0o600);
  await write('lines', `${CLIENT_KEY}\n${CLIENT_KEY}`, 0o600);
  await symlink('open', join(folder, 'link'));
});
afterAll(() => rm(folder, { recursive: true }));

/** The program with a key for an API at this URL, at a wide terminal. */
const lineFor = (OPENAI_BASE_URL: string) =>
  commandLine({
    columns: 200,
    env: { QWEN_DEMO_HOME: folder, OPENAI_BASE_URL, OPENAI_API_KEY: 'sk-0123456789' },
  });

describe('serve does not start', () => {
  test.each([
    ['open', 'readable_client_key'],
    ['group', 'readable_client_key'],
    ['link', 'readable_client_key'],
    ['short', 'invalid_client_key'],
    ['lines', 'invalid_client_key'],
    ['missing', 'no_file'],
  ])('with the key file "%s"', async (name, code) => {
    const line = lineFor('http://127.0.0.1:9/v1');
    const error = await line.run('serve', '--client-key-file', join(folder, name));
    expect(error).toMatchObject({ kind: 'usage', code, hint: expect.any(String) });
    expect(line.stdout() + (error as Error).message).not.toContain(CLIENT_KEY);
  });

  test.each([
    [['--map', 'gpt-4o'], 'invalid_map'],
    [['--map', '=qwen3-coder-plus'], 'invalid_map'],
    [['--map', 'gpt-4o= '], 'invalid_map'],
    [['--max-body', '2GiB'], undefined],
    [['--port', '65536'], undefined],
  ])('with %s', async (flags, code) => {
    const error = await lineFor('http://127.0.0.1:9/v1').run('serve', ...flags);
    expect(error).toMatchObject({ kind: 'usage', ...(code && { code }) });
  });
});

test('serve prints what to export without the key of a file, a line for each request, and a sum', async () => {
  await using api = await recorder((response, { body }) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"seen":${body},"usage":{"prompt_tokens":12,"completion_tokens":340}}`);
  });
  const line = lineFor(`${api.url}/v1`);
  const key = join(folder, 'good');
  const flags = ['--client-key-file', key, '--map', 'gpt-4o=a=b', '--map', 'x=y'];
  const ended = line.run('serve', ...flags);
  await expect.poll(line.stderr).toContain('until you press Ctrl-C');
  const [, url = ''] = /OPENAI_BASE_URL='(.+)'/.exec(line.stdout()) ?? [];
  const headers = { 'api-key': CLIENT_KEY, 'content-type': 'application/json' };
  const body = '{"model":"gpt-4o"}';
  await fetch(`${url}/x\u001b%1b?q=secret`, { method: 'POST', headers, body }).then((one) =>
    one.text(),
  );
  await fetch(`${url}/chat/completions?q=secret`, { method: 'POST', headers, body }).then((one) =>
    one.text(),
  );
  await expect.poll(line.stdout).toContain('completions');
  line.controller.abort();
  await ended;
  const [first, second, ...rest] = line.stdout().trimEnd().split('\n');
  expect([first, second]).toEqual([
    `export OPENAI_BASE_URL='${url}'`,
    `export OPENAI_API_KEY="$(cat '${key}')"`,
  ]);
  expect(rest).toEqual([
    expect.stringMatching(/^\d\d:\d\d:\d\d POST \/v1\/x%1B%1b a=b 200 12\+340 tokens \d\.\d\d s$/),
    expect.stringMatching(/^\S+ POST \/v1\/chat\/completions a=b 200 12\+340 tokens \d\.\d\d s$/),
    '2 requests in 0 s, 0 failed; 24 + 680 tokens',
  ]);
});
