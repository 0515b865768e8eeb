import type { Lie } from '../../helpers/lying-models.ts';
import { body, choice, each, text, usageOf } from '../../helpers/lies.ts';

/** A lie, and the check that finds it. */
export const LIES: readonly [string, string, Lie][] = [
  ['no [DONE]', 'wire/done: warn', text((sent) => sent.replace('data: [DONE]\n\n', ''), true)],
  ['[DONE] twice', 'wire/done: warn', text((sent) => `${sent}data: [DONE]\n\n`, true)],
  ['[done]', 'wire/done: warn', text((sent) => sent.replace('[DONE]', '[done]'), true)],
  ['a type of JSON', 'wire/head: warn', { content_type: () => 'application/json' }],
  ['a type of text', 'wire/head: warn', { content_type: () => 'text/plain' }],
  ['no type', 'wire/head: warn', { content_type: () => undefined }],
  [
    'a wrong charset',
    'wire/head: warn',
    {
      content_type: (stream) => `${stream ? 'text/event-stream' : 'application/json'}; charset=gbk`,
    },
  ],
  ['status 201', 'wire/head: warn', { status: 201 }],
  ['a byte order mark', 'wire/head: warn', text((sent) => `\uFEFF${sent}`)],
  ['always a stream', 'wire/mode: warn', { mode: true }],
  ['never a stream', 'wire/mode: warn', { mode: false }],
  ['a ping', 'wire/events: warn', text((sent) => `data: ping\n\n${sent}`, true)],
  ['an empty event', 'wire/events: warn', text((sent) => `data:\n\n${sent}`, true)],
  ['one line feed', 'wire/events: warn', text((sent) => sent.replaceAll('\n\n', '\n'), true)],
  [
    'quoted JSON',
    'wire/events: warn',
    text(
      (sent) =>
        sent.replaceAll(/^data: (\{.*)$/gm, (_, data: string) => `data: ${JSON.stringify(data)}`),
      true,
    ),
  ],
  [
    'another object',
    'wire/envelope: warn',
    body((sent) => {
      sent.object = 'text_completion';
    }),
  ],
  [
    'no id',
    'wire/envelope: warn',
    body((sent) => {
      delete sent.id;
    }),
  ],
  [
    'a new id each time',
    'wire/envelope: warn',
    each((sent, index) => {
      sent.id = `chatcmpl-${index}`;
    }),
  ],
  [
    'milliseconds',
    'wire/envelope: warn',
    body((sent) => {
      sent.created *= 1000;
    }),
  ],
  [
    'a time as text',
    'wire/envelope: warn',
    body((sent) => {
      sent.created = '2026-11-26';
    }),
  ],
  [
    'no choices at the end',
    'wire/choices: warn',
    each((sent) => {
      if (sent.choices.length === 0) delete sent.choices;
    }),
  ],
  [
    'the index 1',
    'wire/choices: warn',
    choice((one) => {
      one.index = 1;
    }),
  ],
  [
    'no index',
    'wire/choices: warn',
    choice((one) => {
      delete one.index;
    }),
  ],
  [
    'a message in place of a delta',
    'wire/choices: warn',
    each(({ choices }) => {
      if (choices[0]) {
        choices[0].message = choices[0].delta;
        delete choices[0].delta;
      }
    }),
  ],
  [
    'two choices',
    'wire/choices: warn',
    {
      document: (sent) => ({
        ...sent,
        choices: [sent.choices[0], { ...sent.choices[0], index: 1 }],
      }),
    },
  ],
  [
    'no role',
    'wire/role: warn',
    choice((one) => {
      delete (one.delta ?? one.message).role;
    }),
  ],
  [
    'the role of the user',
    'wire/role: warn',
    choice((one) => {
      (one.delta ?? one.message).role = 'user';
    }),
  ],
  [
    'parts of content',
    'wire/content: warn',
    choice((one) => {
      const held = one.delta ?? one.message;
      if (held.content) held.content = [{ type: 'text', text: held.content }];
    }),
  ],
  [
    'no finish_reason',
    'wire/finish-reason: warn',
    choice((one) => {
      one.finish_reason = null;
    }),
  ],
  [
    'a finish_reason in each chunk',
    'wire/finish-reason: warn',
    choice((one) => {
      one.finish_reason = 'stop';
    }),
  ],
  [
    'an empty finish_reason',
    'wire/finish-reason: warn',
    choice((one) => {
      one.finish_reason ??= '';
    }),
  ],
  [
    'STOP',
    'wire/finish-reason: warn',
    choice((one) => {
      if (one.finish_reason) one.finish_reason = 'STOP';
    }),
  ],
  [
    'eos',
    'wire/finish-reason: warn',
    choice((one) => {
      if (one.finish_reason) one.finish_reason = 'eos_token';
    }),
  ],
  [
    'stop and length',
    'wire/finish-reason: fail',
    {
      chunks: (chunks) =>
        chunks.flatMap((sent) =>
          sent.choices[0]?.finish_reason
            ? [sent, { ...sent, choices: [{ ...sent.choices[0], finish_reason: 'length' }] }]
            : [sent],
        ),
    },
  ],
  [
    'text after the end',
    'wire/finish-reason: warn',
    {
      chunks: (chunks) =>
        chunks.toSorted(
          (a, b) =>
            Number(Boolean(b.choices[0]?.finish_reason)) -
            Number(Boolean(a.choices[0]?.finish_reason)),
        ),
    },
  ],
  ['cut off', 'wire/finish-reason-true: fail', { answer: () => ({ finish_reason: 'length' }) }],
  [
    'calls nothing',
    'wire/finish-reason-true: fail',
    { answer: () => ({ finish_reason: 'tool_calls' }) },
  ],
  [
    'a filter',
    'wire/finish-reason-true: fail',
    choice((one) => {
      if (one.finish_reason) one.finish_reason = 'content_filter';
    }),
  ],
  [
    'usage first',
    'wire/usage: warn',
    { chunks: (chunks) => [chunks.at(-1), ...chunks.slice(0, -1)] },
  ],
  [
    'a wrong sum',
    'wire/usage-sum: fail',
    usageOf((right) => ({ ...right, total_tokens: right.prompt_tokens })),
  ],
  [
    'zeros',
    'wire/usage-sum: fail',
    usageOf((right) => ({ ...right, prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 })),
  ],
  [
    'numbers as text',
    'wire/usage-sum: fail',
    usageOf((right) => ({ ...right, prompt_tokens: String(right.prompt_tokens) })),
  ],
  [
    'too much reasoning',
    'wire/usage-sum: fail',
    usageOf((right) => ({ ...right, completion_tokens_details: { reasoning_tokens: 9999 } })),
  ],
  [
    'counts downwards',
    'wire/usage-sum: warn',
    {
      chunks: (chunks) =>
        chunks.map((sent, index) => ({
          ...sent,
          usage: { prompt_tokens: 9, completion_tokens: 99 - index, total_tokens: 108 - index },
        })),
    },
  ],
];
