import { expect, test } from 'vitest';
import { createChat } from '../../src/library/index.ts';
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
