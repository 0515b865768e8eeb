import { expect, test } from 'vitest';
import { createChat, validateModels } from '../../src/library/index.ts';
import { loopback } from '../helpers/loopback.ts';

const access = { endpoint: 'http://127.0.0.1:9/v1', api_key: 'sk-test-0123456789' };
const question = {
  model: 'm',
  stream: false,
  messages: [{ role: 'user' as const, content: 'hi' }],
};

test.each([-1, Number.NaN, 1.5, 100, Infinity, 'abc', '2', null])(
  'max_retries of %s is refused: it is a whole number from 0 to 99',
  (max_retries) => {
    const create = () => createChat({ ...access, max_retries: max_retries as never });
    expect(create).toThrow(
      expect.objectContaining({
        kind: 'usage',
        code: 'invalid_max_retries',
        message: expect.stringMatching(/^max_retries .*is not a whole number from 0 to 99$/),
      }),
    );
  },
);

test('with max_retries of 0 a request is sent once', async () => {
  let hits = 0;
  await using server = await loopback((_, response) => {
    hits += 1;
    response.writeHead(503).end();
  });
  const chat = createChat({ endpoint: `${server.url}/v1`, max_retries: 0 });
  await expect(chat(question)).rejects.toMatchObject({ kind: 'api', status: 503 });
  expect(hits).toBe(1);
});

test.each([
  ['models', 'm', 'no_models', 'models is not a list of one or more ids'],
  ['models', [], 'no_models', 'models is not a list of one or more ids'],
  ['models', ['m', ''], 'no_models', 'models is not a list of one or more ids'],
  ['models', [5], 'no_models', 'models is not a list of one or more ids'],
  ['probes', [], 'unknown_probe', 'probes is not a list of one or more of chat'],
  ['probes', 'chat', 'unknown_probe', 'probes is not a list of one or more of chat'],
  ['probes', ['no-probe'], 'unknown_probe', 'probes is not a list of one or more of chat'],
  ['timeout', -1, 'invalid_duration', 'timeout -1 is not a number of milliseconds'],
  ['timeout', 0, 'invalid_duration', 'timeout 0 is not a number of milliseconds'],
  ['timeout', Number.NaN, 'invalid_duration', 'timeout NaN is not a number of'],
  ['timeout', '10s', 'invalid_duration', 'timeout "10s" is not a number of milliseconds'],
  ['timeout', 2 ** 31, 'invalid_duration', 'timeout 2147483648 is not a number of'],
  ['concurrency', 0, 'invalid_concurrency', 'concurrency 0 is not a whole number from 1 to 256'],
  ['concurrency', 1.5, 'invalid_concurrency', 'concurrency 1.5 is not a whole number'],
  ['concurrency', '4', 'invalid_concurrency', 'concurrency "4" is not a whole number'],
])(
  'the option %s of a validation with the value %j is refused',
  async (name, value, code, message) => {
    let hits = 0;
    await using server = await loopback((_, response) => {
      hits += 1;
      response.writeHead(503).end();
    });
    const options = { endpoint: `${server.url}/v1`, models: ['m'], [name]: value as never };
    await expect(validateModels(options)).rejects.toMatchObject({
      kind: 'usage',
      code,
      message: expect.stringContaining(message),
    });
    expect(hits).toBe(0);
  },
);

test.each([
  ['model', 'another'],
  ['messages', []],
  ['stream', true],
])(
  '%s among the parameters of a chat is refused, as the request has a field for it',
  async (name, value) => {
    let hits = 0;
    await using server = await loopback((_, response) => {
      hits += 1;
      response.writeHead(503).end();
    });
    const chat = createChat({ endpoint: `${server.url}/v1`, max_retries: 0 });
    await expect(chat({ ...question, parameters: { [name]: value } })).rejects.toMatchObject({
      kind: 'usage',
      code: 'invalid_parameter',
      message: expect.stringContaining(`"${name}"`),
    });
    expect(hits).toBe(0);
  },
);
