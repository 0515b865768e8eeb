import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { type Behaviour, json, raw, says } from '../helpers/model-api.ts';
import { choices, content, frames, STOP } from '../helpers/recording-api.ts';

export interface Ending {
  the: string;
  answer: Behaviour;
  args?: string[];
  code: number;
  stdout?: unknown;
  stderr?: string | RegExp;
}

const A = JSON.stringify({ choices: [content('a')] });
const END = JSON.stringify({ choices: [STOP] });

export const events = (body: string) => raw(200, 'text/event-stream', body);
const whole = (text: string, finish_reason = 'stop') =>
  json(200, { choices: [{ message: { content: text }, finish_reason }] });

const ONCE = { code: 0, stdout: 'a\n' };

export const COMPLETE: Ending[] = [
  { the: 'ends with a finish_reason', answer: choices(content('a'), STOP), code: 0, stdout: 'a\n' },
  { the: 'ends with [DONE] alone', answer: frames(A, '[DONE]'), code: 0, stdout: 'a\n' },
  {
    the: 'redirects to the same address with a slash',
    answer: (response) => {
      const { url = '' } = response.req;
      if (url.endsWith('/')) choices(content('a'), STOP)(response);
      else response.writeHead(308, { location: `${url}/` }).end();
    },
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
    the: 'sends reasoning between <think> and </think> at the beginning',
    answer: choices(content('<thi'), content('nk>hm</think>\n'), content('a'), STOP),
    code: 0,
    stdout: 'a\n',
    stderr: 'hm\n',
  },
  {
    the: 'sends a whole answer with a lone </think>',
    answer: whole('hm</think>\n\na'),
    code: 0,
    stdout: 'a\n',
    stderr: 'hm\n',
  },
  {
    the: 'sends a lone </think> in a stream',
    answer: choices(content('hm</th'), content('ink>'), content('[1]'), STOP),
    args: ['--json-schema', '{"type":"array"}'],
    code: 0,
    stdout: '[1]\n',
  },
  {
    the: 'sends comments, ids, CRLF and no space after data',
    answer: events(
      `: ping\r\nid:1\r\nevent:result\r\ndata:${A}\r\n\r\n` +
        `data:${END}\r\n\r\ndata:[DONE]\r\n\r\n`,
    ),
    code: 0,
    stdout: 'a\n',
  },
  {
    ...ONCE,
    the: 'answers a request for a stream with plain JSON',
    answer: whole('a'),
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
    the: 'stops with another word for the token limit',
    answer: whole('a', 'FinishReason.MAX_TOKENS'),
    code: 0,
    stdout: 'a\n',
    stderr: 'The answer was cut off at the limit of tokens.\n',
  },
  {
    the: 'ends with an unknown finish_reason',
    answer: whole('a', 'tired'),
    code: 0,
    stdout: 'a\n',
    stderr: 'The answer ended with the unknown finish_reason "tired": it may be incomplete.\n',
  },
  {
    ...ONCE,
    the: 'ends without the blank line of its last event',
    answer: events(`data: ${A}\n\ndata: ${END}`),
  },
  {
    the: 'sends an error after the finish_reason',
    answer: frames(
      { choices: [content('a')] },
      { choices: [STOP] },
      { error: { message: 'boom' } },
    ),
    code: 0,
    stdout: 'a\n',
  },
  {
    ...ONCE,
    the: 'repeats the whole answer in its last event',
    answer: choices(content('a'), { message: { content: 'a' }, finish_reason: 'stop' }),
  },
  {
    ...ONCE,
    the: 'sends keep-alives as data',
    answer: frames('ping', { choices: [content('a')] }, '{}', { choices: [STOP] }),
  },
  {
    the: 'compresses its answer',
    answer: (response) => {
      response
        .setHeader('content-encoding', 'gzip')
        .end(gzipSync(`data: ${A}\n\ndata: [DONE]\n\n`));
    },
    code: 0,
    stdout: 'a\n',
  },
  {
    the: 'sends its text in a list, one object, audio.transcript or choices[].text',
    answer: choices(
      { delta: { content: ['a', { text: 'b' }] } },
      { delta: { content: { text: 'c' } } },
      { delta: { audio: { transcript: 'd' } } },
      { text: 'e', finish_reason: 'stop' },
    ),
    code: 0,
    stdout: 'abcde\n',
  },
  {
    the: 'sends choices, delta, ids, content or counts of another type',
    answer: frames(
      { id: 7, choices: { delta: 'a' }, usage: 'none' },
      { id: 7, choices: [{ index: 1, delta: { content: 1 } }] },
      { model: {}, choices: [{ index: '2', delta: [], finish_reason: { type: 'stop' } }] },
    ),
    code: 0,
    stdout: 'a1\n',
  },
  {
    ...ONCE,
    the: 'ends its events with one line feed, or writes data: twice',
    answer: events(`data: ${A}\ndata: data: ${END}\ndata: [DONE]\n`),
  },
  {
    ...ONCE,
    the: 'ends with an event named done',
    answer: events(`data: ${A}\n\nevent: done\ndata: {}\n\n`),
  },
  {
    the: 'puts its JSON into a JSON string, or white space before it',
    answer: raw(200, 'application/json', `\n \n${JSON.stringify(A.replace('delta', 'message'))}`),
    code: 0,
    stdout: 'a\n',
  },
  {
    ...ONCE,
    the: 'sends one JSON document a line',
    answer: raw(200, 'application/x-ndjson', `${A}\n${END}\n`),
  },
  {
    the: 'puts its answer under data, output, result or response',
    answer: frames(
      { code: 0, data: JSON.parse(A) as object },
      { output: JSON.parse(END) as object },
    ),
    code: 0,
    stdout: 'a\n',
  },
  {
    the: 'sends audio, annotations, images or other fields',
    answer: choices({ delta: { content: 'a', annotations: [{ url: 'u' }] } }, STOP),
    args: ['--json', '--no-stream'],
    code: 0,
    stdout: expect.stringMatching(/"rest": \{\s+"annotations": \[\s+\{\s+"url": "u"/),
  },
  {
    the: 'calls a function in the older form',
    answer: choices(
      { delta: { function_call: { name: 'rm', arguments: '{}' } } },
      { delta: {}, finish_reason: 'function_call' },
    ),
    code: 0,
    stderr: 'The model wants to call rm: nothing was run (see --json).\n',
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
    stderr: /^The model answered with nothing\.\n$/,
  },
];
