import { chdir, cwd } from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openHistory } from '../../src/commands/chat/repl/history.ts';
import { FILES, filesOf, LOGIN } from './stored-files.cases.ts';
import { type Mutation, mutationsOf, oddHeader } from '../helpers/odd-values.ts';
import { ANSWERS, HEADERS, serve, type Serving } from './server-answers.cases.ts';
import { createInProcessHome, type InProcessHome } from '../helpers/in-process-home.ts';

/**
 * Random values at every field of every stored file and every server answer. The same ones at each
 * run of the suite; FUZZ_RUNS sets the runs of each test (default 4) and makes them new. fast-check
 * prints the seed and the value of a failure, and FUZZ_SEED runs it again.
 */
const { FUZZ_RUNS, FUZZ_SEED = FUZZ_RUNS === undefined ? '20260415' : undefined } = process.env;
const PARAMETERS = {
  numRuns: Number(FUZZ_RUNS ?? 4),
  ...(FUZZ_SEED !== undefined && { seed: Number(FUZZ_SEED) }),
  endOnFailure: true,
};
const LIMIT = Math.max(30_000, PARAMETERS.numRuns * 1000);

let world: InProcessHome;
const before = cwd();

beforeAll(async () => {
  world = await createInProcessHome();
  // A relative path in a mutated file must not lead into the project.
  chdir(world.home);
});

beforeEach(() => world.furnish(filesOf(world.url)));

afterAll(async () => {
  chdir(before);
  await world[Symbol.asyncDispose]();
});

/** The last command may have refreshed or deleted it. */
async function putLogin(change: object = {}): Promise<void> {
  const text = JSON.stringify({ ...LOGIN, ...change });
  await world.put('oauth_creds.json', text.replaceAll('http://SERVER', world.url));
}

/** Every exit code but that of a bug, no raw control character, no stack. */
function expectNoBug(
  args: readonly string[],
  { place, text }: Mutation,
  outcome: { code: number; stderr: string },
) {
  const shown = `${args.join(' ')}\n${place}: ${text.slice(0, 2000)}\n${outcome.stderr.slice(0, 2000)}`;
  expect(outcome.code, shown).not.toBe(1);
  expect(Object.hasOwn(Object.prototype, 'polluted'), shown).toBe(false);
}

describe('random values in a stored file', () => {
  for (const [file, { document, commands, lines }] of Object.entries(FILES)) {
    test.each(commands)(
      `a random value in ${file} never ends %s with exit code 1`,
      async (command) => {
        await fc.assert(
          fc.asyncProperty(mutationsOf(document), async (mutation) => {
            await putLogin();
            const text = mutation.text.replaceAll('http://SERVER', world.url);
            await world.put(file, lines ? `${text}\n${text}\n` : text);
            serve(world, {});
            const args = command.split(' ').map((word) => word.replace('http://SERVER', world.url));
            const env = { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: `${world.url}/v1` };
            const outcome = await world.run(
              args,
              command.includes('oauth') || args[0] === 'auth' ? {} : env,
            );
            expectNoBug(args, mutation, outcome);
          }),
          PARAMETERS,
        );
      },
      LIMIT,
    );
  }

  test(
    'chat_history.jsonl',
    async () => {
      await fc.assert(
        fc.asyncProperty(mutationsOf(['typed']), async ({ text }) => {
          await world.put('chat_history.jsonl', `${text}\n"more"\n${text}`);
          const history = await openHistory(world.context());
          history.add('next');
          await history.close();
        }),
        PARAMETERS,
      );
    },
    LIMIT,
  );
});

describe('an expiry_date beyond what a Date holds', () => {
  test.each([
    ['auth status', 'valid until an unknown time'],
    ['auth status --json', '"expires_at": null'],
    ['auth token --json', '"expires_at":null'],
    ['auth refresh', 'valid until an unknown time'],
    ['auth refresh --json', '"expires_at":null'],
  ])(
    '%s shows an expiry_date beyond what a Date holds as an unknown time',
    async (command, shown) => {
      await putLogin({ expiry_date: 8.64e15 + 1 });
      const { code, stdout } = await world.run(command.split(' '));
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(shown) });
    },
  );
});

test.each([
  ['auth status', 'token     expires at an unknown time, is refreshed with the next request'],
  ['auth status --json', '"expires_at": null'],
  ['auth list', 'an unknown time, refreshed'],
])('%s shows the null that Qwen Code writes as an unknown time', async (command, shown) => {
  await putLogin({ expiry_date: null });
  const { code, stdout } = await world.run(command.split(' '));
  expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining(shown) });
});

describe('random values in an answer of a server', () => {
  const all = Object.entries(ANSWERS).flatMap(([name, { document, commands }]) =>
    commands.map((command) => [name, command, document] as const),
  );
  test.each(all)(
    'a random value in an answer with %s never ends %s with exit code 1',
    async (name, command, document) => {
      await fc.assert(
        fc.asyncProperty(
          mutationsOf(document),
          fc.constantFrom(
            200,
            200,
            200,
            200,
            201,
            204,
            400,
            401,
            403,
            404,
            418,
            429,
            500,
            503,
            599,
          ),
          fc.option(fc.tuple(fc.constantFrom(...HEADERS), oddHeader), { freq: 4 }),
          async (mutation, status, header) => {
            await putLogin();
            const serving: Serving = {
              [name]: {
                text: mutation.text.replaceAll('http://SERVER', world.url),
                status,
                header,
              },
            };
            serve(world, serving);
            const args = command.split(' ').map((word) => word.replace('http://SERVER', world.url));
            const key = { OPENAI_API_KEY: 'sk-1', OPENAI_BASE_URL: `${world.url}/v1` };
            const outcome = await world.run(args, command.startsWith('auth') ? {} : key);
            const place = `HTTP ${status}, ${header?.join(': ') ?? 'no odd header'}, ${mutation.place}`;
            expectNoBug(args, { ...mutation, place }, outcome);
          },
        ),
        PARAMETERS,
      );
    },
    LIMIT,
  );
});
