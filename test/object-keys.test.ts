import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { refusal } from '../src/core/api/refusal.ts';
import { endingOf } from '../src/core/chat/finish-reason.ts';
import { parseErrorResponse, serverFailure } from '../src/core/oauth/error-response.ts';
import { parseTokenResponse } from '../src/core/oauth/token.ts';
import { knownModel } from '../src/core/qwen/known-models.ts';
import { parseConfig } from '../src/core/settings/config.ts';
import { modelNamed } from '../src/core/settings/model-names.ts';
import { baselineOf, earlierResult, parseBaseline } from '../src/core/validation/baseline.ts';
import { createInProcessHome, type InProcessHome } from './helpers/in-process-home.ts';
import { passed, reportOf } from './helpers/validation-report.ts';

/** Keys that every object has, or sets in another way. */
const KEYS = ['constructor', '__proto__', 'toString'] as const;

let home: InProcessHome;
beforeAll(async () => (home = await createInProcessHome()));
afterAll(() => home[Symbol.asyncDispose]());

describe.each(KEYS)('a word from outside that is %s', (word) => {
  const json = (value: unknown) => JSON.stringify(value).replaceAll('WORD', word);

  it.each([
    [400, '{"error":"WORD"}'],
    [400, '{"error":{"code":"WORD","type":"WORD"}}'],
    [404, '{"code":"WORD","message":"WORD","WORD":"WORD"}'],
    [500, '{"WORD":{"WORD":1}}'],
  ])('refuses a request like any other (%i %s)', (status, body) => {
    const text = body.replaceAll('WORD', word);
    const error = refusal(status, {}, text, 'host', { auth_type: 'openai', model: word });
    expect(error.kind).toBe('api');
  });

  it.each([
    '{"error":"WORD"}',
    '{"error":{"code":"WORD"}}',
    '{"error":"invalid_grant","suberror":"WORD"}',
  ])('refuses a token like any other: %s', (body) => {
    const response = { host: 'host', status: 400, body: body.replaceAll('WORD', word) };
    expect(parseTokenResponse(response, [])).toMatchObject({ outcome: 'refused' });
    expect(serverFailure(response)).toBeUndefined();
    expect(parseErrorResponse({ [word]: word })).toBeUndefined();
  });

  it('is no known model, name, finish_reason or key of config.json', () => {
    expect(knownModel(word)).toBeUndefined();
    expect(modelNamed(word, {})).toBe(word);
    expect(endingOf(word)).toBe('unknown');
    expect(() => parseConfig(`{"${word}":"a"}`, 'config.json')).toThrow(/unknown field/);
  });

  it('can be a name of the user for a model', () => {
    const { models } = parseConfig(`{"models":{"${word}":"qwen3-max"}}`, 'config.json');
    expect(modelNamed(word, { models: models ?? {} })).toBe('qwen3-max');
  });

  it('can be a model of a baseline', () => {
    const report = reportOf([passed(word), passed('b')]);
    const text = JSON.stringify(
      baselineOf(report, parseBaseline(json({ version: 1, models: {} }), 'f')),
    );
    const baseline = parseBaseline(text, 'baseline.json');
    expect(earlierResult(baseline, word)).toMatchObject({ verdict: 'pass' });
    expect(earlierResult(baseline, 'valueOf')).toBeUndefined();
    expect(JSON.stringify(baselineOf(reportOf([passed('b')]), baseline))).toBe(text);
  });

  it('can be a model that is listed, tested and remembered', async () => {
    const env = { OPENAI_BASE_URL: `${home.url}/v1` };
    home.answer((request, response) => {
      request.resume();
      const body = request.url?.endsWith('/models')
        ? { data: [{ id: word, context_length: 4096, [word]: word }] }
        : { choices: [{ message: { content: '42', [word]: word }, finish_reason: word }] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    const listed = await home.run(['list-models', '--json'], env);
    expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining(`"${word}"`)]);
    const chat = await home.run(['chat', '-p', 'x', '-m', word, '--json', '--no-stream'], env);
    expect([chat.code, chat.stderr]).toEqual([0, expect.stringContaining(`"${word}"`)]);
    await home.run(['validate-models', '-m', word, '--probe', 'chat', '--retries', '0'], env);
    expect(await home.read('last-models.json')).toContain(`"${word}": 4096`);
    expect(await home.read('last-verdicts.json')).toContain(`"${word}": {`);
    const again = await home.run(['list-models', '--json'], env);
    expect(again.stdout).toContain('"last_verdict"');
  });

  it.each([
    ['WORD'],
    ['--WORD'],
    ['auth', 'WORD'],
    ['help', 'WORD'],
    ['config', 'WORD'],
    ['config', 'get', 'WORD'],
    ['config', 'set', 'WORD', 'a'],
    ['config', 'set', 'models.WORD', 'a'],
    ['config', 'get', 'models.WORD'],
    ['config', 'list', '--profile', 'WORD'],
    ['auth', 'status', '--profile', 'WORD'],
    ['chat', '-p', 'x', '--plan', 'standard', '--region', 'WORD'],
    ['chat', '--show', 'WORD'],
    ['chat', '-p', 'x', '--auth', 'WORD'],
    ['list-models', '--plan', 'WORD'],
    ['validate-models', '--probe', 'WORD'],
    ['validate-models', '--report', 'WORD'],
    ['completion', 'WORD'],
    ['__complete', 'config', 'set', 'WORD', ''],
    ['__complete', 'WORD', ''],
  ])('on the command line is no bug: %s %s %s %s', async (...words) => {
    const args = words.map((one) => one.replace('WORD', word));
    const { code, stderr } = await home.run(args, { OPENAI_BASE_URL: `${home.url}/v1` });
    expect([code, stderr]).not.toEqual([1, expect.anything()]);
  });
});

/** A regular expression, a list or the program itself allows only keys that exist there. */
const CHECKED = new Set(['ENTITIES', 'UNITS', 'REGION_IDS', 'COLOURS']);

test('no table with texts as keys is read by an index: the key may be that of every object', () => {
  const src = fileURLToPath(new URL('../src', import.meta.url));
  const found: string[] = [];
  for (const file of readdirSync(src, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts') || file.startsWith('sandbox')) continue;
    const text = readFileSync(join(src, file), 'utf8');
    for (const [, name = ''] of text.matchAll(
      /^(?:export )?const (\w+): (?:Readonly<)?Record<string,/gm,
    )) {
      const reads = text.split('\n').filter((line) => new RegExp(`(?<!\\w)${name}\\[`).test(line));
      if (CHECKED.has(name)) continue;
      const unsafe = reads.filter((line) => !line.includes(`hasOwn(${name}`));
      found.push(...unsafe.map((line) => `${file}: ${line.trim()}`));
    }
  }
  expect(found).toEqual([]);
});
