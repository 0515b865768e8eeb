import { describe, expect, it } from 'vitest';
import type { JudgedReport } from '../../../src/core/validation/judge.ts';
import type { ModelReport } from '../../../src/core/validation/report.ts';
import { commandLine } from '../../helpers/command-line.ts';
import {
  type Behaviour,
  chunk,
  completion,
  json,
  modelApi,
  says,
  USAGE,
} from '../../helpers/model-api.ts';
import { bodyOf } from '../../helpers/loopback.ts';
import { RIGHT, rightAnswer } from '../../helpers/scripted-chat.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

/** What comes of models that behave like this, over real sockets. */
async function found(models: Record<string, Behaviour>, ...args: string[]) {
  await using api = await modelApi(models);
  await using home = await temporaryFolder();
  const env = { OPENAI_BASE_URL: `${api.url}/v1`, QWEN_DEMO_HOME: home.path };
  const { run, stdout } = commandLine({ env });
  const error = await run('validate-models', '--json', '-m', Object.keys(models).join(), ...args);
  const report = JSON.parse(stdout()) as JudgedReport;
  const of = (name: string) => report.models.find(({ model }) => model === name) as ModelReport;
  return { error, report, of };
}

/** The behaviours one after another, a request each; the last one stays. */
function turns(...behaviours: Behaviour[]): Behaviour {
  let turn = 0;
  return (response) => {
    behaviours[Math.min(turn, behaviours.length - 1)]?.(response);
    turn += 1;
  };
}

const event = (data: unknown) => `data: ${JSON.stringify(data)}\n\n`;
const frames = (...chunks: unknown[]) =>
  [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');

/** Writes one number after another, with a pause in between. */
const streams: Behaviour = async (response) => {
  const pieces = rightAnswer(await bodyOf(response.req)).split(/(?<= )/);
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(event(chunk({ role: 'assistant', content: '' })));
  const next = () => {
    const content = pieces.shift();
    if (content !== undefined) {
      response.write(event(chunk({ content })));
      setTimeout(next, 2);
      return;
    }
    response.end(frames(chunk({}, 'stop'), { ...chunk({}), choices: [], usage: USAGE }));
  };
  next();
};

const atOnceAfter =
  (ms: number, ...pieces: string[]): Behaviour =>
  async (response) => {
    const question = await bodyOf(response.req);
    const deltas = pieces.map((piece) =>
      chunk({ content: piece === RIGHT ? rightAnswer(question) : piece }),
    );
    const body = frames(...deltas, chunk({}, 'stop'), { ...chunk({}), choices: [], usage: USAGE });
    setTimeout(() => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(body);
    }, ms);
  };

it('validate-models fails a stream that comes in one piece and passes one that does not', async () => {
  const { of } = await found(
    {
      honest: streams,
      one: atOnceAfter(0, RIGHT),
      whole: async (response) => {
        json(200, completion(rightAnswer(await bodyOf(response.req))))(response);
      },
      silent: atOnceAfter(0),
    },
    '--probe',
    'stream',
  );
  expect(of('honest')).toMatchObject({ verdict: 'pass', tokens: { completion_tokens: 60 } });
  expect(of('one').reason).toBe('Sent the whole answer in one piece');
  expect(of('whole').reason).toMatch(/^Sent the whole answer as JSON/);
  expect(of('silent').reason).toMatch(/^Sent an empty answer/);
});

it('validate-models fails a model that ignores the schema, a tool or the system text', async () => {
  const { of } = await found(
    { prose: says('Mara is 34 and lives in Lisbon. It is sunny there.') },
    '--probe=chat,system,json,tools',
  );
  expect(of('prose').probes.map(({ verdict }) => verdict)).toEqual(Array(4).fill('fail'));
});

it('validate-models does not take an error with status 200 for an answer', async () => {
  const error = { error: { code: 'internal_error', message: 'Something broke' } };
  const { of } = await found({
    whole: json(200, error),
    frame: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(frames(chunk({ content: '4' }), error));
    },
    page: (response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html><title>Hi</title>');
    },
  });
  for (const name of ['whole', 'frame']) {
    expect(of(name)).toMatchObject({ verdict: 'error' });
    expect(of(name).reason).toContain('Something broke');
  }
  expect(of('page').verdict).toBe('error');
});

describe('a flaky model', () => {
  it('is shown as flaky when a retry passes after any failure', async () => {
    const busy = json(503, { error: { message: 'Busy' } });
    const { error, report, of } = await found(
      { slips: turns(says('41'), says('42')), stumbles: turns(busy, busy, says('42')) },
      '--retries',
      '1',
    );
    expect(error).toBeUndefined();
    expect(of('slips')).toMatchObject({ verdict: 'pass', flaky: true });
    expect(of('stumbles')).toMatchObject({ verdict: 'pass', flaky: true });
    expect(report.summary).toMatchObject({ passed: 2, flaky: 2 });
  });

  it('fails without --retries', async () => {
    const { error, of } = await found(
      { slips: turns(says('41'), says('42')), stumbles: turns(json(503, {}), says('42')) },
      '--max-retries',
      '0',
    );
    expect(error).toHaveProperty('kind', 'validation');
    expect([of('slips').verdict, of('stumbles').verdict]).toEqual(['fail', 'error']);
  });
});

it('validate-models waits for a rate limit and passes the model', async () => {
  const limited: Behaviour = (response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' });
    response.end('{"error":{"message":"Slow down"}}');
  };
  const { error, report } = await found({ a: turns(limited, limited, says('42')), b: says('42') });
  expect(error).toBeUndefined();
  expect(report.summary).toMatchObject({ passed: 2, flaky: 0 });
  expect(report.rate_limited_ms).toBeGreaterThanOrEqual(14_000);
});

it('validate-models fails a claimed ability that the server refuses', async () => {
  const refused = json(400, { error: { message: 'tools are not supported' } });
  const { of } = await found({ a: refused }, '--probe', 'tools');
  expect(of('a')).toMatchObject({ verdict: 'unsupported', outcome: 'failed' });
  expect(of('a').reason).toContain('tools are not supported');
});

describe('a run that ends early', () => {
  it('fails for the required models that were not tested', async () => {
    const late: Behaviour = (response) => void setTimeout(() => says('42')(response), 2000);
    const { error, report } = await found({ a: late, b: says('42') }, '-j1', '--deadline=300ms');
    expect(error).toMatchObject({
      message: '2 of 2 required models did not pass: a (timeout), b (skipped)',
      hint: expect.stringContaining('--deadline'),
    });
    expect(report).toMatchObject({ interrupted: false, stopped_by: 'deadline' });
  });

  it('names a model whose id holds a line break in one line', async () => {
    const { error } = await found({ 'a\n::error::b': says('41') });
    expect(error).toMatchObject({ kind: 'validation' });
    expect(String(error)).not.toMatch(/\n/);
  });

  it('by --fail-fast tests no further model', async () => {
    const { error, report } = await found({ a: says('41'), b: says('42') }, '-j1', '--fail-fast');
    expect(error).toHaveProperty('kind', 'validation');
    expect(report.models.map(({ verdict }) => verdict)).toEqual(['fail', 'skipped']);
  });

  it('by --max-tokens-spent sends no further request', async () => {
    const models = Object.fromEntries([...'abcd'].map((name) => [name, atOnceAfter(0, '42')]));
    const { error, report } = await found(models, '-j1', '--max-tokens-spent', '300');
    expect(error).toMatchObject({ hint: expect.stringContaining('--max-tokens-spent') });
    expect(report.tokens).toEqual({ prompt_tokens: 36, completion_tokens: 240 });
    expect(report.summary).toMatchObject({ passed: 2, required_skipped: 2 });
  });
});
