import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { json, says } from '../helpers/model-api.ts';
import { createHome, type Home } from '../helpers/program.ts';
import { choices, content, recordingApi, STOP } from '../helpers/recording-api.ts';

const answers = (text: string) =>
  json(200, { choices: [{ message: { content: text }, finish_reason: 'stop' }] });

let home: Home;
beforeAll(async () => (home = await createHome()));
afterAll(() => home[Symbol.asyncDispose]());

describe('a parameter', () => {
  test('each parameter flag sets a field of the request', async () => {
    await using api = await recordingApi(answers('ok'));
    const flags = ['--temperature', '0.2', '--top-p', '0.9', '--max-tokens', '5', '--seed', '7'];
    const more = ['--stop', 'a', '--stop', 'b', '--no-thinking', '--extra-body', '{"n":1}'];
    await home.run(['chat', '-p', 'x', '-m', 'm', ...flags, ...more], { env: api.env });
    expect(api.asked).toEqual([
      {
        model: 'm',
        messages: [{ role: 'user', content: 'x' }],
        stream: false,
        temperature: 0.2,
        top_p: 0.9,
        max_tokens: 5,
        seed: 7,
        stop: ['a', 'b'],
        enable_thinking: false,
        n: 1,
      },
    ]);
  });

  test('--extra-body with null removes a field that the program adds to a stream', async () => {
    await using api = await recordingApi(answers('ok'));
    const body = '{"stream_options":null,"response_format":null}';
    const flags = ['--json-schema', '{"type":"string"}', '--extra-body', body];
    await home.run(['chat', '-p', 'x', '-m', 'm', '-s', ...flags], { env: api.env });
    const messages = [{ role: 'user', content: 'x' }];
    expect(api.asked).toEqual([{ model: 'm', messages, stream: true }]);
  });

  test('a parameter out of its range exits 2, and no request is sent', async () => {
    await using api = await recordingApi(answers('ok'));
    const args = ['chat', '-p', 'x', '--temperature', '9'];
    expect(await home.run(args, { env: api.env })).toEqual({
      code: 2,
      stdout: '',
      stderr: 'error: --temperature 9 is not a number from 0 to 2\n  See `qwen-demo chat --help`\n',
    });
    expect(api.asked).toEqual([]);
  });

  test('--enable-thinking requests a stream for every kind of output', async () => {
    await using api = await recordingApi(choices(content('a'), content('b'), STOP));
    const args = ['chat', '-p', 'x', '--enable-thinking'];
    expect(await home.run(args, { env: api.env })).toMatchObject({ code: 0, stdout: 'ab\n' });
    expect(api.asked[0]).toMatchObject({ stream: true, enable_thinking: true });
  });
});

describe('a schema', () => {
  const schema = '{"type":"object","required":["a"]}';

  test('a schema is sent, and an answer that matches it is accepted', async () => {
    await using api = await recordingApi(answers('{"a":1}'));
    const args = ['chat', '-p', 'x', '--json-schema', schema];
    expect(await home.run(args, { env: api.env })).toMatchObject({ code: 0, stdout: '{"a":1}\n' });
    expect(api.asked[0]?.response_format).toEqual({
      type: 'json_schema',
      json_schema: { name: 'answer', strict: true, schema: JSON.parse(schema) },
    });
  });

  test('an answer that does not match the schema is printed, and chat exits 7', async () => {
    await using api = await recordingApi(answers('{"b":1}'));
    const args = ['chat', '-p', 'x', '--json-schema', schema];
    const result = await home.run(args, { env: api.env });
    expect(result).toMatchObject({ code: 7, stdout: '{"b":1}\n' });
    expect(result.stderr).toContain("it must have required property 'a'");
  });

  test.each(['{"type":7}', '{', 'nowhere.json'])('the schema %s exits 2', async (wrong) => {
    await using api = await recordingApi(answers('{}'));
    const args = ['chat', '-p', 'x', '--json-schema', wrong];
    expect(await home.run(args, { env: api.env })).toMatchObject({ code: 2, stdout: '' });
    expect(api.asked).toEqual([]);
  });
});

describe('a fallback model', () => {
  const exhausted = json(429, { error: { code: 'insufficient_quota', message: 'Used up.' } });
  const unknown = json(404, { error: { code: 'model_not_found', message: 'No such model.' } });

  test('a fallback model answers if one model has no quota and the next does not exist', async () => {
    await using api = await recordingApi(exhausted, unknown, says('from c'));
    const fallback = ['--fallback-model', 'b', '--fallback-model', 'c'];
    const result = await home.run(['chat', '-p', 'x', '-s', '-m', 'a', ...fallback], {
      env: api.env,
    });
    expect(result).toMatchObject({ code: 0, stdout: 'from c\n' });
    expect(result.stderr).toMatch(
      /Used up[^.;]*; asking b instead\n.*No such model.*; asking c instead\n$/,
    );
    expect(api.asked.map(({ model }) => model)).toEqual(['a', 'b', 'c']);
  });

  test('a fallback model is not asked after the first words of an answer', async () => {
    await using api = await recordingApi(
      choices(content('half'), {
        delta: { content: 'Throttling: slow down' },
        finish_reason: 'error_finish',
      }),
    );
    const args = ['chat', '-p', 'x', '-s', '--fallback-model', 'b'];
    expect(await home.run(args, { env: api.env })).toMatchObject({ code: 6, stdout: 'half\n' });
    expect(api.asked).toHaveLength(1);
  });
});
