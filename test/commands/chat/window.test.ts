import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { commandLine } from '../../helpers/command-line.ts';
import { bodyOf, loopback } from '../../helpers/loopback.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

let home: Awaited<ReturnType<typeof temporaryFolder>>;
beforeEach(async () => {
  home = await temporaryFolder();
});
afterEach(() => home[Symbol.asyncDispose]());

/** A server whose model takes `most` messages, and that says `said` tokens in its list. */
async function world({ most = Infinity, said }: { most?: number; said?: number }) {
  const requests: string[] = [];
  const server = await loopback((request, response) => {
    void bodyOf(request).then((body) => {
      const asked = JSON.parse(body || '{}') as { messages?: { content: string }[] };
      requests.push(asked.messages?.map(({ content }) => content.slice(0, 3)).join() ?? 'list');
      const refused = (asked.messages?.length ?? 0) > most;
      response.writeHead(refused ? 400 : 200, { 'content-type': 'application/json' });
      const message =
        'This model has a maximum context length of 4096 tokens. However, you sent more';
      const answer = asked.messages
        ? { choices: [{ message: { content: 'ok' }, finish_reason: 'stop' }] }
        : { data: [{ id: 'small:latest', max_model_len: said }, { id: 'other' }] };
      response.end(
        JSON.stringify(refused ? { error: { code: 'context_length_exceeded', message } } : answer),
      );
    });
  });
  const env = { OPENAI_BASE_URL: `${server.url}/v1`, QWEN_DEMO_HOME: home.path };
  return {
    requests,
    async run(...args: string[]) {
      const { run, stderr } = commandLine({ env });
      const error = await run(...args);
      return { error, stderr: stderr() };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const LONG = 'x'.repeat(900);
const ask = (prompt: string, ...how: string[]) => ['chat', '-m', 'small', '-p', prompt, ...how];

describe('the window that an endpoint says in its list', () => {
  it('holds for the conversations after the list was read, without a request of their own', async () => {
    await using w = await world({ said: 400 });
    await w.run(...ask(`one${LONG}`, '--new', 'talk'));
    expect((await w.run(...ask('two', '-c', 'talk'))).stderr).not.toContain('longer');
    await w.run('list-models');
    const { stderr } = await w.run(...ask('six', '-c', 'talk'));
    expect(stderr).toContain('longer than the about 300 tokens that small takes in');
    expect(w.requests).toEqual(['one', 'one,ok,two', 'list', 'two,ok,six']);
    const file = join(home.path, 'last-models.json');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(Object.values(JSON.parse(await readFile(file, 'utf8')).endpoints)).toEqual([
      { other: null, 'small:latest': 400 },
    ]);
  });
});

describe('a conversation that is too long for the API', () => {
  it('is sent once more without its oldest turns, and a notice says so', async () => {
    await using w = await world({ most: 4 });
    await w.run(...ask(`one${LONG}`, '--new', 'talk'));
    await w.run(...ask('two', '-c', 'talk'));
    const { error, stderr } = await w.run(...ask('six', '-c', 'talk'));
    expect(error).toBeUndefined();
    expect(w.requests.slice(2)).toEqual(['one,ok,two,ok,six', 'two,ok,six']);
    expect(stderr).toMatch(/asking again with fewer turns\n.*its oldest turn was not sent/);
  });

  it('is not sent a third time', async () => {
    await using w = await world({ most: 1 });
    await w.run(...ask(`one${LONG}`, '--new', 'talk'));
    const { error } = await w.run(...ask('two', '-c', 'talk'));
    expect(error).toBeUndefined();
    await w.run(...ask('six', '-c', 'talk'));
    expect(w.requests).toEqual(['one', 'one,ok,two', 'two', 'one,ok,two,ok,six', 'two,ok,six']);
  });

  it('is an error that names --max-context where there is nothing to leave out', async () => {
    await using w = await world({ most: 0 });
    const { error } = await w.run(...ask('one', '--new', 'talk'));
    expect(error).toMatchObject({ code: 'context_length_exceeded' });
    expect(error).toHaveProperty('hint', expect.stringContaining('--max-context 4096'));
    expect(w.requests).toEqual(['one']);
  });
});
