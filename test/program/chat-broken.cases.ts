import { gzipSync } from 'node:zlib';
import { type Behaviour, json } from '../helpers/model-api.ts';
import { choices, content, frames, STOP } from '../helpers/recording-api.ts';
import { type Ending, events } from './chat-endings.cases.ts';

/** Some text, and then whatever happens to the connection. */
const after =
  (what: (response: Parameters<Behaviour>[0]) => void): Behaviour =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ choices: [content('half')] })}\n\n`, () =>
      what(response),
    );
  };

export const BROKEN: Ending[] = [
  {
    the: 'stops without a finish_reason',
    answer: choices(content('half')),
    code: 7,
    stdout: 'half\n',
    stderr:
      /^error: The answer of 127\.0\.0\.1:\d+ broke off: 1 chunk with 4 characters had arrived/,
  },
  {
    the: 'drops the connection',
    answer: after((response) => response.destroy()),
    code: 7,
    stdout: 'half\n',
    stderr: /broke off: 1 chunk with 4 characters/,
  },
  {
    the: 'compresses its answer and cuts it off',
    answer: (response) => {
      const head = { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' };
      const event = `data: ${JSON.stringify({ choices: [content('half')] })}\n\n`;
      response.writeHead(200, head).end(gzipSync(event).subarray(0, -8));
    },
    code: 7,
    stdout: 'half\n',
    stderr: /broke off: 1 chunk with 4 characters/,
  },
  {
    the: 'compresses its answer in a way that is not known',
    answer: (response) => {
      response.writeHead(200, { 'content-encoding': 'rot13' }).end('x');
    },
    code: 7,
    stderr: /^error: 127\.0\.0\.1:\d+ sent an answer in the encoding "rot13"\n/,
  },
  {
    the: 'stops sending and keeps the connection open',
    answer: after(() => {}),
    args: ['--timeout', '1s'],
    code: 4,
    stdout: 'half\n',
    stderr: /stopped sending in the middle of its answer/,
  },
  {
    the: 'stops at its content filter',
    answer: choices(content('half'), { delta: {}, finish_reason: 'content_filter' }),
    code: 5,
    stdout: 'half\n',
    stderr: /cut the answer off by its content filter/,
  },
  {
    the: 'stops with another word for its content filter',
    answer: choices(content('half'), { delta: {}, finish_reason: 'SAFETY' }),
    code: 5,
    stdout: 'half\n',
    stderr: /cut the answer off by its content filter/,
  },
  {
    the: 'sends a refusal',
    answer: choices({ delta: { refusal: 'no' } }, STOP),
    code: 5,
    stdout: 'no\n',
    stderr: /refused to answer/,
  },
  {
    the: 'breaks off with a finish_reason such as error or network_error',
    answer: choices(content('half'), { delta: {}, finish_reason: 'network_error' }),
    code: 5,
    stdout: 'half\n',
    stderr: /finish_reason network_error/,
  },
  {
    the: 'sends an error in a choice',
    answer: choices({
      ...content('half'),
      error: { code: 502, message: 'boom' },
      finish_reason: 'error',
    }),
    code: 5,
    stdout: 'half\n',
    stderr: /boom/,
  },
  {
    the: 'sends a base_resp, errors or a code in place of an answer',
    answer: json(200, { choices: null, base_resp: { status_code: 2013, status_msg: 'boom' } }),
    code: 5,
    stderr: /boom/,
  },
  {
    the: 'sends a status and msg in place of an answer',
    answer: json(200, { status: '449', msg: 'boom', body: null }),
    code: 5,
    stderr: /boom/,
  },
  {
    the: 'sends an error after some text',
    answer: frames({ choices: [content('half')] }, { error: { message: 'boom' } }),
    code: 5,
    stdout: 'half\n',
    stderr: /boom/,
  },
  {
    the: 'sends event: error',
    answer: events('event: error\ndata: {"code":"Throttling.RateQuota","message":"boom"}\n\n'),
    args: ['--max-retries', '0'],
    code: 6,
    stderr: /boom/,
  },
  {
    the: 'sends plain words in place of a chunk',
    answer: events('data: upstream request timeout\n\n'),
    args: ['--max-retries', '0'],
    code: 5,
    stderr: /upstream request timeout/,
  },
  {
    the: 'sends a field error in its stream',
    answer: events('error: {"code":"Throttling.RateQuota","message":"boom"}\n\n'),
    args: ['--max-retries', '0'],
    code: 6,
    stderr: /boom/,
  },
  {
    the: 'ends with error_finish',
    answer: choices(content('half'), {
      delta: { content: 'Throttling: boom' },
      finish_reason: 'error_finish',
    }),
    code: 6,
    stdout: 'half\n',
    stderr: /boom/,
  },
  {
    the: 'sends an answer without an end',
    answer: (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      const event = JSON.stringify({ choices: [content('a'.repeat(600))] });
      response.write(`data: ${event}\n\n`.repeat(3));
    },
    args: ['--max-answer', '1KiB'],
    code: 7,
    stdout: `${'a'.repeat(1200)}\n`,
    stderr:
      /^error: The answer of 127\.0\.0\.1:\d+ is larger than 1KiB: it was ended\n.*--max-answer 2KiB/,
  },
  {
    the: 'sends an incomplete chunk',
    answer: frames({ choices: [content('half')] }, '{"choices":[{"del', { choices: [STOP] }),
    code: 7,
    stdout: 'half\n',
    stderr: /holds an event that is not JSON/,
  },
  {
    the: 'sends [DONE] and nothing else',
    answer: frames('[DONE]'),
    args: ['--max-retries', '0'],
    code: 7,
    stderr: /without a choice/,
  },
];
