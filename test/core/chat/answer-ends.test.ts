import { describe, expect, it } from 'vitest';
import { endingOf } from '../../../src/core/chat/finish-reason.ts';
import {
  type Answer,
  ask,
  askSdk,
  bothWays,
  bytes,
  type Choice,
  events,
  whole,
} from '../../helpers/chat-exchange.ts';

describe('a failure, whole and streamed', () => {
  const boom = { message: 'boom' };
  it.each<[string, Choice, object]>([
    ['error beside a good choice', {}, { error: boom }],
    ['a text in error', {}, { error: 'boom' }],
    ['a list in error', {}, { error: [boom] }],
    ['an error in the choice', { error: { code: 502, message: 'boom' } }, {}],
    ['base_resp', {}, { base_resp: { status_code: 1004, status_msg: 'boom' } }],
    ['a native code', {}, { code: 'InternalError', message: 'boom' }],
    ['success that is false', {}, { success: false, msg: 'boom' }],
    ['an error code', {}, { error_code: 336003, error_msg: 'boom' }],
  ])('is found in %s, after what arrived', async (_, more, top) => {
    for (const [form, answer] of bothWays({ content: 'half' }, more, top)) {
      const { error, deltas } = await ask(answer);
      expect(error?.message, form).toContain('boom');
      expect(deltas, form).toEqual([{ type: 'content', text: 'half' }]);
    }
  });

  it.each([
    ['the errors of Cloudflare', { success: false, errors: [{ code: 7003, message: 'boom' }] }],
    ['a native code beside null', { choices: null, code: 'InternalError', message: 'boom' }],
    ['base_resp beside null', { choices: null, base_resp: { status_code: 1, status_msg: 'boom' } }],
  ])('is found in %s', async (_, body) => {
    for (const answer of [whole(body), events(body)]) {
      const { error } = await ask(answer);
      expect(error?.message).toContain('boom');
    }
  });

  it.each(['error', 'ABORT', 'network_error', 'internal_server_error', 'exception', 'TIME_LIMIT'])(
    'is found in the finish_reason %s',
    async (finish_reason) => {
      for (const [form, answer] of bothWays({ content: 'half' }, { finish_reason })) {
        const { error, deltas } = await ask(answer);
        expect(error, form).toMatchObject({ kind: 'api', code: 'server_error' });
        expect(error?.message, form).toContain(finish_reason);
        expect(deltas, form).toHaveLength(1);
      }
    },
  );
});

describe('a finish_reason', () => {
  it.each([
    ['complete', ['STOP', 'eos_token', 'END_TURN', 'tool-calls', 'COMPLETE', 'FinishReason.STOP']],
    ['cut_off', ['MAX_TOKENS', 'model_context_window_exceeded', 'ERROR_LIMIT']],
    ['filtered', ['content_filtered', 'RECITATION', 'ERROR_TOXIC', 'blocked']],
    ['broken', ['insufficient_system_resource', 'rate_limit', 'server_abort', 'timed_out']],
    ['unknown', ['OTHER', 'pause_turn', 'malformed_function_call']],
  ])('means %s for %j', (ending, words) => {
    expect(words.map(endingOf)).toEqual(words.map(() => ending));
  });
});

describe('the end of a stream', () => {
  const some = { choices: [{ delta: { content: 'ab' } }] };
  const stop = { choices: [{ delta: {}, finish_reason: 'stop' }] };

  it.each<[string, Answer]>([
    ['[DONE] in quotes', events(some, '"[DONE]"')],
    ['[done] in lower case', events(some, '[done]')],
    [
      'keep-alives',
      events(
        'ping',
        '2026-01-01T00:00:00Z',
        some,
        '{}',
        'null',
        'keep-alive',
        ': OPENROUTER PROCESSING',
        '[DONE]',
      ),
    ],
    ['an error after the finish_reason', events(some, stop, { error: { message: 'boom' } })],
    ['half a chunk after the finish_reason', events(some, stop, '{"choices":[{"del')],
    [
      'an error word after the finish_reason',
      events(some, stop, { choices: [{ finish_reason: 'error' }] }),
    ],
    ['an empty delta in a list', events(some, { choices: [{ delta: [], finish_reason: 'stop' }] })],
    [
      'an event without its blank line',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.end(`data: ${JSON.stringify(some)}\n\ndata: ${JSON.stringify(stop)}`);
      },
    ],
    [
      'a heartbeat of its own name',
      (response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const beat = 'event: heartbeat\ndata: {"message":"alive"}\n\n';
        response.end(`${beat}data: ${JSON.stringify(some)}\n\n${beat}data: [DONE]\n\n`);
      },
    ],
  ])('is complete with %s', async (_, answer) => {
    expect(await ask(answer)).toMatchObject({ answer: { content: 'ab' } });
  });

  it.each<[string, Answer]>([
    ['choices in an object', events({ choices: { delta: { content: 'ab' } } }, '[DONE]')],
    [
      'choices by their index',
      events({ choices: { '0': { delta: { content: 'ab' } } } }, '[DONE]'),
    ],
    ['a choice that is a text', events({ choices: ['ab'] }, '[DONE]')],
    [
      'an index that counts the chunks',
      events(
        ...['a', 'b'].map((content, index) => ({ choices: [{ index, delta: { content } }] })),
        stop,
      ),
    ],
    ['[ DONE ] with spaces', events(some, '[ DONE ]')],
    ['a JSON string with the JSON', events(JSON.stringify(JSON.stringify(some)), '[DONE]')],
    [
      'an event with the name done',
      bytes(`data: ${JSON.stringify(some)}\n\nevent: done\ndata: {}\n\n`),
    ],
    [
      'white space before it',
      async (response) => {
        response.writeHead(200);
        for (const part of [
          '\n',
          '  \n',
          JSON.stringify({ choices: [{ message: { content: 'ab' } }] }),
        ]) {
          await new Promise((resolve) => response.write(part, () => setImmediate(resolve)));
        }
        response.end();
      },
    ],
    ['a comment as data', events(': a model is being loaded, please wait', some, '[DONE]')],
    ['text after [DONE]', events(some, '[DONE] bye')],
    ['data: twice', events(`data: ${JSON.stringify(some)}`, 'data: [DONE]')],
    [
      'one line feed after each event',
      bytes(`data: ${JSON.stringify(some)}\ndata: ${JSON.stringify(stop)}\ndata: [DONE]\n`),
    ],
    [
      'JSON over several lines',
      bytes(
        `data: ${JSON.stringify(some, null, 1).replaceAll('\n', '\ndata: ')}\n\ndata: [DONE]\n\n`,
      ),
    ],
    ['a ping with a time', events('ping - 2026-01-01 00:00:00.5', some, '[DONE]')],
    ['a ping in JSON', events({ type: 'ping', message: 'alive' }, some, '[DONE]')],
    ['numbers and lists between chunks', events('1', some, '[]', 'true', '0.5', '[DONE]')],
    [
      'an empty event',
      bytes(`data:\n\ndata: ${JSON.stringify(some)}\n\ndata\n\n:\n\ndata: [DONE]\n\n`),
    ],
    ['garbage after the finish_reason', events(some, stop, '<html>', 'x'.repeat(100))],
    [
      'a line for each chunk without data',
      bytes(`${JSON.stringify(some)}\n${JSON.stringify(stop)}\n`, 'application/x-ndjson'),
    ],
    [
      '[DONE] after a whole answer',
      bytes(
        `${JSON.stringify({ choices: [{ message: { content: 'ab' }, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`,
      ),
    ],
    [
      'a reason in finish_details',
      events(some, { choices: [{ delta: {}, finish_details: { type: 'stop' } }] }),
    ],
  ])('is found with %s', async (_, answer) => {
    for (const stream of [true, false]) {
      expect(await ask(answer, { stream })).toMatchObject({ answer: { content: 'ab' } });
      expect(['ab', undefined]).toContain(await askSdk(answer, stream));
    }
  });

  it('keeps all lines of the text of an error', async () => {
    const { error } = await ask(bytes('event: error\ndata: the model\ndata: is gone\n\n'));
    expect(error?.message).toMatch(/the model\s+is gone/);
  });

  it('reads the choice of the first chunk and no other if several were asked for', async () => {
    const choice = (index: number, content: string) => ({
      choices: [{ index, delta: { content } }],
    });
    const answer = events(choice(0, 'a'), choice(1, 'x'), choice(0, 'b'), '[DONE]');
    expect(await ask(answer, { parameters: { n: 2 } })).toMatchObject({
      answer: { content: 'ab' },
    });
  });
});

describe('a lone </think> in a stream', () => {
  it.each<[string, string[], boolean, object]>([
    [
      'ends the reasoning',
      ['hm', ' so</th', 'ink>\n\nab'],
      false,
      { content: 'ab', reasoning: 'hm so' },
    ],
    ['stays in code', ['use `</th', 'ink>`'], false, { content: 'use `</think>`', reasoning: '' }],
    [
      'stays if tags are to stay',
      ['hm</think>ab'],
      true,
      { content: 'hm</think>ab', reasoning: '' },
    ],
  ])('%s', async (_, texts, raw_thinking, expected) => {
    const chunks = texts.map((content) => ({ choices: [{ delta: { content } }] }));
    const { answer } = await ask(events(...chunks, '[DONE]'), { raw_thinking });
    expect(answer).toMatchObject(expected);
  });
});
