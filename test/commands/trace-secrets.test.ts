import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { KnownSecrets } from '../../src/core/known-secrets.ts';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';
import { entriesOf, streamPieces } from '../helpers/traced.ts';

const KEY = 'key+0123/56789="abc';
const ANSWER = `The key is ${KEY}, in base64 ${Buffer.from(`x${KEY}`).toString('base64')}.`;

let at: InProcessHome;
let har: string;
let env: Record<string, string>;
beforeAll(async () => {
  at = await createInProcessHome();
  har = join(at.home, 'trace.har');
  env = { OPENAI_BASE_URL: `${at.url}/v1`, OPENAI_API_KEY: KEY, QWEN_DEMO_MODEL: 'm' };
});
beforeEach(() => at.furnish([]));
afterAll(() => at[Symbol.asyncDispose]());

test('no trace, HAR or debug output holds a secret of the run, in any encoding', async () => {
  const query = 'of-a-query';
  const header = 'tenant/0123+456=';
  const known = new KnownSecrets();
  known.add(KEY, header);
  const fragments = [KEY, header].flatMap((secret) =>
    [0, 1, 2].map((shift) =>
      Buffer.from(`${'x'.repeat(shift)}${secret}`)
        .toString('base64')
        .slice(4, -4),
    ),
  );
  const flags = ['--trace', '--trace-har', har, '--debug', '--header', `X-Tenant: ${header}`];
  const base = { ...env, OPENAI_BASE_URL: `${at.url}/v1?tenant=${query}` };
  const echo = [KEY, header].flatMap((one) => [
    one,
    encodeURIComponent(one),
    Buffer.from(one).toString('base64'),
    Buffer.from(`y${one}z`).toString('base64url'),
    JSON.stringify(JSON.stringify(one)),
  ]);
  for (const answer of ['stream', 'refusal', 'redirect']) {
    if (answer === 'stream') streamPieces(at, ANSWER);
    else {
      at.answer((_, response) => {
        response.setHeader('x-echo', echo.map((one) => one.replaceAll('"', '')).join(' '));
        if (answer === 'refusal')
          response.writeHead(400).end(JSON.stringify({ error: { message: echo.join(' ') } }));
        else
          response
            .writeHead(302, { location: `/elsewhere?token=${encodeURIComponent(KEY)}` })
            .end();
      });
    }
    const { stderr } = await at.run(['chat', '-p', `my key is ${KEY}`, '-s', ...flags], base);
    const file = readFileSync(har, 'utf8');
    for (const text of [stderr, file]) {
      expect(text).toContain('redacted');
      expect(text).not.toContain(query);
      expect([answer, known.isIn(text)]).toEqual([answer, false]);
      expect(fragments.filter((one) => text.includes(one))).toEqual([]);
    }
    const [entry] = entriesOf(har);
    const joined = entry?._eventSourceMessages?.map(({ data }) => data).join('') ?? '';
    expect(joined).not.toContain(KEY.slice(0, 5));
  }
});

test('--debug says where each setting comes from, and shows no key', async () => {
  await at.put(
    'config.json',
    JSON.stringify({ profiles: { work: { temperature: 0.5, timeout: '5s', model: 'other' } } }),
  );
  streamPieces(at, 'Hello');
  const args = ['chat', '-p', 'hi', '-s', '--debug', '--profile', 'work', '--max-retries', '0'];
  const named = { ...env, QWEN_DEMO_HEADERS: 'X-Tenant: tenant-0123456789' };
  const { code, stderr } = await at.run(args, named);
  expect(code).toBe(0);
  for (const line of [
    '* auth: api-key (OPENAI_API_KEY)',
    '* profile: work (--profile)',
    '* model: m (QWEN_DEMO_MODEL, instead of profile work)',
    '* timeout: 5000 (profile work)',
    '* max_retries: 0 (--max-retries, instead of QWEN_DEMO_MAX_RETRIES)',
    '* temperature: 0.5 (profile work)',
    '* store: file (default)',
    `* base_url: ${at.url}/v1 (OPENAI_BASE_URL)`,
    '* api_key: set (OPENAI_API_KEY)',
    '* header x-tenant: set (QWEN_DEMO_HEADERS)',
    '* proxy: set (HTTP_PROXY)',
  ]) {
    expect(stderr.split('\n')).toContain(line);
  }
  expect(stderr).not.toContain(KEY);
  expect(stderr).not.toContain('tenant-0123456789');
});
