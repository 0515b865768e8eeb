import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createInProcessHome, type InProcessHome } from '../../helpers/in-process-home.ts';
import { bodyOf } from '../../helpers/loopback.ts';

/** The text of each answer: `-x` prints its second line. */
const TEXT = '```\nab\n```';

/** The choices of a stream in order, or the only one of a whole answer. */
type Shape = [the: string, whole: object, streamed: unknown[]];
const STOP = { delta: {}, finish_reason: 'stop' };
const message = (fields: unknown, more: object = {}) => ({
  message: fields,
  finish_reason: 'stop',
  ...more,
});
const same = (fields: unknown, more: object = {}): [object, unknown[]] => [
  message(fields, more),
  [{ delta: fields, ...more, finish_reason: null }, STOP],
];

const GOOD: Shape[] = [
  ['text', ...same({ content: TEXT })],
  ['a list of parts', ...same({ content: [{ type: 'text', text: '```\na' }, 'b\n```'] })],
  ['the transcript of audio', ...same({ content: null, audio: { transcript: TEXT, data: 'AA' } })],
  ['the text of its choice', ...same(undefined, { text: TEXT })],
  ['a text in place of the message', ...same(TEXT)],
  ['another index', ...same({ content: TEXT }, { index: 3 })],
  ['reasoning', ...same({ reasoning: 'hm', content: TEXT })],
  ['thinking in the content', ...same({ content: `<think>hm</think>\n\n${TEXT}` })],
  ['a lone </think>', ...same({ content: `\`\`\`\nx\n\`\`\`\nhm</think>\n\n${TEXT}` })],
  [
    'an unknown finish_reason',
    message({ content: TEXT }, { finish_reason: 'tired' }),
    [{ delta: { content: TEXT }, finish_reason: 'tired' }],
  ],
  [
    'the limit of tokens',
    message({ content: TEXT }, { finish_reason: 'MAX_TOKENS' }),
    [{ delta: { content: TEXT }, finish_reason: 'MAX_TOKENS' }],
  ],
  [
    'an error after the finish_reason',
    message({ content: TEXT }),
    [{ delta: { content: TEXT } }, STOP, { error: { message: 'boom' } }],
  ],
];

const failing = (more: object): [object, unknown[]] => [
  { message: { content: TEXT }, ...more },
  [{ delta: { content: TEXT } }, { delta: {}, ...more }],
];
const FAILED: Shape[] = [
  [
    'an error in the choice',
    ...failing({ error: { code: 502, message: 'boom' }, finish_reason: 'error' }),
  ],
  ['the finish_reason abort', ...failing({ finish_reason: 'abort' })],
  [
    'the finish_reason insufficient_system_resource',
    ...failing({ finish_reason: 'insufficient_system_resource' }),
  ],
];
const FILTERED: Shape[] = [
  ['a content filter', ...failing({ finish_reason: 'content_filter' })],
  ['a refusal', message({ refusal: TEXT }), [{ delta: { refusal: TEXT } }, STOP]],
];

function send(response: ServerResponse, stream: boolean, whole: object, streamed: unknown[]): void {
  response.writeHead(200, { 'content-type': stream ? 'text/event-stream' : 'application/json' });
  if (!stream) return void response.end(JSON.stringify({ choices: [whole] }));
  for (const choice of streamed)
    response.write(`data: ${JSON.stringify({ choices: [choice] })}\n\n`);
  response.end();
}

let home: InProcessHome;
beforeAll(async () => (home = await createInProcessHome()));
afterAll(() => home[Symbol.asyncDispose]());

describe.each([
  ['streamed', '-s'],
  ['whole', '--no-stream'],
])('an answer that is %s', (_, flag) => {
  /** Runs `chat`; the model `spare` answers with "spare". */
  async function chat([, whole, streamed]: Shape, ...args: string[]) {
    home.answer(async (request, response) => {
      const { model, stream } = JSON.parse(await bodyOf(request));
      const spare = model === 'spare';
      const choices = [{ delta: { content: 'spare' } }, STOP];
      send(
        response,
        stream,
        spare ? message({ content: 'spare' }) : whole,
        spare ? choices : streamed,
      );
    });
    return home.run(['chat', '-p', 'hi', flag, ...args], { OPENAI_BASE_URL: `${home.url}/v1` });
  }
  const file = () => `${home.home}/answer.md`;
  const old: [string, string][] = [['answer.md', 'old']];
  const shown = (args: string[]) => home.run(['chat', ...args]);

  test.each(GOOD)('is kept everywhere if it holds %s', async (...shape) => {
    await home.furnish(old);
    expect(await chat(shape, '-o', file())).toMatchObject({ code: 0, stdout: '' });
    expect(await home.read('answer.md')).toBe(`${TEXT}\n`);
    expect(await chat(shape, '-x')).toMatchObject({ code: 0, stdout: 'ab\n' });
    const { stdout } = await chat(shape, '--json', '--fallback-model', 'spare');
    const document = JSON.parse(flag === '-s' ? (stdout.trim().split('\n').at(-1) ?? '') : stdout);
    expect(document).toMatchObject({ content: TEXT });
    expect(await chat(shape, '--new', 'talk')).toMatchObject({ code: 0 });
    const talk = JSON.parse((await shown(['--show', 'talk', '--json'])).stdout);
    expect(JSON.stringify(talk)).toContain(JSON.stringify(TEXT));
    expect(JSON.stringify(talk)).not.toContain('hm');
  });

  test.each(FAILED)('is kept nowhere if it holds %s', async (...shape) => {
    await home.furnish(old);
    expect(await chat(shape, '-o', file())).toMatchObject({ code: 5 });
    expect(await home.read('answer.md')).toBe('old');
    expect(await home.read('answer.md.partial')).toBe(`${TEXT}\n`);
    const { stdout, stderr, code } = await chat(shape, '--json');
    expect(code).toBe(5);
    expect(stdout).not.toContain(flag === '-s' ? '"done"' : '"content"');
    expect(JSON.parse(stderr)).toMatchObject({ error: { kind: 'api' } });
    expect(await chat(shape, '-x')).toMatchObject({ code: 5 });
    expect(await chat(shape, '--new', 'talk')).toMatchObject({ code: 5 });
    expect((await shown(['--list'])).stdout).not.toContain('talk');
    const fallback = await chat(shape, '--fallback-model', 'spare');
    // A part of a stream has been shown already.
    expect(fallback.code).toBe(flag === '-s' ? 5 : 0);
    if (flag !== '-s') expect(fallback.stdout).toBe('spare\n');
  });

  test.each(FILTERED)('is no success if it holds %s', async (...shape) => {
    await home.furnish(old);
    expect(await chat(shape, '-o', file())).toMatchObject({ code: 5 });
    expect(await home.read('answer.md')).toBe('old');
    expect(await home.read('answer.md.partial')).toBe(`${TEXT}\n`);
    expect(await chat(shape, '-x')).toMatchObject({ code: 5 });
    expect((await chat(shape, '--json')).stdout).toContain(JSON.stringify(TEXT));
    expect(await chat(shape, '--new', 'talk')).toMatchObject({ code: 5 });
    expect((await shown(['--list'])).stdout).not.toContain('talk');
    expect(await chat(shape, '--fallback-model', 'spare')).toMatchObject({ code: 5 });
  });

  test.each<[string, object, unknown[]]>([
    ['an error in the choice', { error: { message: 'boom' } }, [{ error: { message: 'boom' } }]],
    [
      'the finish_reason error',
      { finish_reason: 'error' },
      [{ delta: {}, finish_reason: 'error' }],
    ],
  ])('is asked of another model if it holds %s and no text', async (...shape) => {
    await home.furnish(old);
    const fallback = ['--fallback-model', 'spare'];
    expect(await chat(shape, '-o', file())).toMatchObject({ code: 5, stdout: '' });
    expect(await home.read('answer.md')).toBe('old');
    expect(await chat(shape, ...fallback)).toMatchObject({ code: 0, stdout: 'spare\n' });
    expect(await chat(shape, '-o', file(), ...fallback)).toMatchObject({ code: 0 });
    expect(await home.read('answer.md')).toBe('spare\n');
  });

  test('keeps its <think> block if the profile says so', async () => {
    const profile = JSON.stringify({ profiles: { default: { raw_thinking: true } } });
    await home.furnish([['config.json', profile]]);
    const [whole, streamed] = same({ content: '<think>hm</think>a' });
    expect(await chat(['', whole, streamed])).toMatchObject({ stdout: '<think>hm</think>a\n' });
  });
});
