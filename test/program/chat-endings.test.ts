import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createHome, type Home } from '../helpers/program.ts';
import { recordingApi } from '../helpers/recording-api.ts';
import { BROKEN } from './chat-broken.cases.ts';
import { COMPLETE } from './chat-endings.cases.ts';
import { PASSING, REFUSED, UNWANTED } from './chat-refusals.cases.ts';

let home: Home;
beforeAll(async () => (home = await createHome()));
afterAll(() => home[Symbol.asyncDispose]());

describe.each([
  ['a complete answer', 'the server', COMPLETE],
  ['an answer that breaks off', 'the server', BROKEN],
  ['a refusal', 'the server', REFUSED],
  ['a failure that passes', 'the server', PASSING],
  ['an answer of the wrong kind', 'the model', UNWANTED],
])('%s', (_, subject, endings) => {
  test.each(endings)(
    `chat exits $code if ${subject} $the`,
    async ({ answer, args = [], code, stdout = '', stderr = '' }) => {
      await using api = await recordingApi(answer);
      const result = await home.run(['chat', '-p', 'x', '-s', ...args], { env: api.env });
      expect(result).toEqual({
        code,
        stdout,
        stderr: typeof stderr === 'string' ? stderr : expect.stringMatching(stderr),
      });
    },
  );
});

test('each ending in docs/endings.md has a test with its exit code', async () => {
  const manual = await readFile(new URL('../../docs/endings.md', import.meta.url), 'utf8');
  const lines = [...manual.matchAll(/^\| (?!the )(.+?) \| .+ \| (\d) \|$/gm)];
  const written = lines.map(([, the, code]) => [the, Number(code)]);
  const tested = [COMPLETE, BROKEN, REFUSED, PASSING, UNWANTED]
    .flat()
    .map(({ the, code }) => [the, code]);
  expect(written).toEqual(tested);
});
