import type { Json, Lie } from '../../helpers/lying-models.ts';
import { body, choice, each, text, usageOf } from '../../helpers/lies.ts';

const isText = (chunk: Json) => (chunk.choices[0]?.delta.content ?? '') !== '';

/** What honest servers send that OpenAI's does not. */
export const ODD: Readonly<Record<string, Lie>> = {
  honest: {},
  comments: text((sent) => `: OPENROUTER PROCESSING\n\n${sent}`, true),
  'carriage returns': text((sent) => sent.replaceAll('\n', '\r\n'), true),
  'no spaces': text((sent) => sent.replaceAll('data: ', 'data:'), true),
  'names and ids of events': text(
    (sent) => sent.replaceAll(/^data/gm, 'id: 1\nevent: message\nretry: 10\ndata'),
    true,
  ),
  'the last blank line': text((sent) => sent.trimEnd(), true),
  'a filter of Azure': {
    chunks: (chunks) => [
      { id: '', object: '', created: 0, model: '', choices: [], prompt_filter_results: [] },
      ...chunks,
    ],
  },
  'a filter in a choice': {
    chunks: (chunks) =>
      chunks.toSpliced(2, 0, {
        ...chunks[0],
        choices: [{ index: 0, finish_reason: null, content_filter_offsets: {} }],
      }),
  },
  'a role in each chunk': choice((one) => {
    (one.delta ?? one.message).role = 'assistant';
  }),
  'no usage field': each((sent) => {
    if (sent.usage === null) delete sent.usage;
  }),
  'usage in each chunk': {
    chunks: (chunks) =>
      chunks.map((sent, index) => ({
        ...sent,
        usage: { prompt_tokens: 9, completion_tokens: index, total_tokens: 9 + index },
      })),
  },
  'usage in the last choice': {
    chunks: (chunks) => {
      const usage = chunks.at(-1);
      return [...chunks.slice(0, -2), { ...chunks.at(-2), usage: usage.usage }];
    },
  },
  'usage with an empty delta': {
    chunks: (chunks) => [
      ...chunks.slice(0, -1),
      {
        ...chunks.at(-1),
        choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }],
      },
    ],
  },
  'the end with the last text': {
    chunks: (chunks) => {
      const last = chunks.findLast(isText);
      last.choices[0].finish_reason = 'stop';
      return chunks.filter((sent) => sent === last || !sent.choices[0]?.finish_reason);
    },
  },
  'further fields': body((sent) => {
    sent.x_groq = { id: 'req_1' };
    sent.service_tier = 'default';
    sent.system_fingerprint = null;
  }),
  'reasoning of xAI': usageOf((right) => ({
    ...right,
    total_tokens: right.total_tokens + 300,
    completion_tokens_details: { reasoning_tokens: 300 },
  })),
  'type with charset': {
    content_type: (stream) =>
      stream ? 'text/event-stream;charset=UTF-8' : 'application/json; charset=utf-8',
  },
  'null fields': choice((one) => {
    Object.assign(one.delta ?? one.message, {
      refusal: null,
      function_call: null,
      tool_calls: null,
      reasoning_content: null,
    });
  }),
  'no finish_reason before': each(({ choices }) => {
    if (choices[0]?.finish_reason === null) delete choices[0].finish_reason;
  }),
};
