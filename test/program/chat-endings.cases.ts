import { type Behaviour, json, raw, says } from '../helpers/model-api.ts';
import { choices, content, frames, STOP } from '../helpers/recording-api.ts';

export interface Ending {
  the: string;
  answer: Behaviour;
  args?: string[];
  code: number;
  stdout?: string;
  stderr?: string | RegExp;
}

const events = (body: string) => raw(200, 'text/event-stream', body);
const whole = (text: string, finish_reason = 'stop') =>
  json(200, { choices: [{ message: { content: text }, finish_reason }] });

/** Some text, and then whatever happens to the connection. */
const after =
  (what: (response: Parameters<Behaviour>[0]) => void): Behaviour =>
  (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(`data: ${JSON.stringify({ choices: [content('half')] })}\n\n`, () =>
      what(response),
    );
  };

export const COMPLETE: Ending[] = [
  { the: 'ends with a finish_reason', answer: choices(content('a'), STOP), code: 0, stdout: 'a\n' },
  {
    the: 'ends with [DONE] alone',
    answer: frames({ choices: [content('a')] }, '[DONE]'),
    code: 0,
    stdout: 'a\n',
  },
  {
    the: 'drops the connection after the finish_reason',
    answer: (response) => {
      choices(
        content('a'),
        STOP,
      )({
        writeHead: () => response.writeHead(200, { 'content-type': 'text/event-stream' }),
        write: (text: string) => response.write(text),
        end: () => setTimeout(() => response.destroy(), 50),
      } as never);
    },
    code: 0,
    stdout: 'a\n',
  },
  {
    the: 'sends the whole text so far in every chunk',
    answer: choices(content('Rome'), content('Rome is'), content('Rome is old.'), STOP),
    code: 0,
    stdout: 'Rome is old.\n',
  },
  {
    the: 'sends reasoning before the answer',
    answer: choices({ delta: { reasoning: 'hm' } }, content('a'), STOP),
    code: 0,
    stdout: 'a\n',
    stderr: 'hm\n',
  },
  {
    the: 'sends comments, ids, CRLF and no space after data',
    answer: events(
      `: ping\r\nid:1\r\nevent:result\r\ndata:${JSON.stringify({ choices: [content('a')] })}\r\n\r\n` +
        `data:${JSON.stringify({ choices: [STOP] })}\r\n\r\ndata:[DONE]\r\n\r\n`,
    ),
    code: 0,
    stdout: 'a\n',
  },
  {
    the: 'answers a request for a stream with plain JSON',
    answer: whole('a'),
    code: 0,
    stdout: 'a\n',
  },
  {
    the: 'answers a request for JSON with a stream',
    answer: says('a'),
    args: ['--no-stream'],
    code: 0,
    stdout: 'a\n',
  },
  {
    the: 'stops at the token limit',
    answer: whole('a', 'length'),
    code: 0,
    stdout: 'a\n',
    stderr: 'The answer was cut off at the limit of tokens.\n',
  },
  {
    the: 'calls tools',
    answer: choices(
      {
        delta: {
          tool_calls: [{ index: 0, id: '1', function: { name: 'rm\u001B[1m', arguments: '{}' } }],
        },
      },
      { delta: {}, finish_reason: 'tool_calls' },
    ),
    code: 0,
    stderr: 'The model wants to call rm: nothing was run (see --json).\n',
  },
  {
    the: 'sends an empty answer',
    answer: choices(STOP),
    code: 0,
    stderr: 'The model answered with nothing.\n',
  },
];

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
    the: 'stops sending and keeps the connection open',
    answer: after(() => {}),
    args: ['--timeout', '500ms'],
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
    the: 'sends an error after some text',
    answer: frames({ choices: [content('half')] }, { error: { message: 'boom' } }),
    code: 5,
    stdout: 'half\n',
    stderr: /boom/,
  },
  {
    the: 'sends event: error',
    answer: events('event: error\ndata: {"code":"Throttling.RateQuota","message":"boom"}\n\n'),
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
    the: 'sends an incomplete chunk',
    answer: frames({ choices: [content('half')] }, '{"choices":[{"del', { choices: [STOP] }),
    code: 7,
    stdout: 'half\n',
    stderr: /holds an event that is not JSON/,
  },
  {
    the: 'sends [DONE] and nothing else',
    answer: frames('[DONE]'),
    code: 7,
    stderr: /without a choice/,
  },
];
