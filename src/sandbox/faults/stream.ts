import { isEvent, isParts, type Fields, type Part } from '../router.ts';
import { count, duration, text, word } from './arguments.ts';
import { edit, editEvents, editJson, fault, faultOf, wire, type Fault } from './fault.ts';
import { choiceOf, endOf, firstHalf, without, withChoice } from './text.ts';
import { chunkOf, CHUNKED, headOf, LAST_CHUNK, type Step } from './wire.ts';

const at = ['chat'] as const;

const ERROR_FRAME: Part = {
  error: {
    message: 'Internal server error!',
    type: 'internal_error',
    param: null,
    code: 'internal_error',
  },
};
const DONE = 'data: [DONE]\n\n';

/** What event streams do. Other answers stay as they are, if the row does not say more. */
export const STREAM: Readonly<Record<string, Fault>> = {
  'truncate-stream': fault({
    about: 'an event stream ends in the middle of the answer, without finish_reason and [DONE]',
    at,
    does: editEvents(firstHalf),
  }),
  'error-frame': fault({
    about: 'an event stream ends with an error after half of the answer',
    at,
    does: editEvents((parts) => [...firstHalf(parts), ERROR_FRAME]),
  }),
  'error-first': fault({
    about: 'the first event of a stream is an error',
    at,
    does: editEvents(() => [ERROR_FRAME]),
  }),
  'error-last': fault({
    about: 'an error follows the finish_reason',
    at,
    does: editEvents((parts) => [...parts.slice(0, endOf(parts) + 1), ERROR_FRAME]),
  }),
  'error-finish': fault({
    about: 'finish_reason is error_finish after half of the answer, with the error as content',
    at,
    does: editEvents((parts) => [
      ...firstHalf(parts),
      withChoice(parts[0] ?? {}, {
        delta: { content: 'Throttling: request rate exceeded' },
        finish_reason: 'error_finish',
      }),
      DONE,
    ]),
  }),
  'no-done': fault({
    about: '[DONE] is missing',
    at,
    does: editEvents((parts) => parts.filter((part) => part !== DONE)),
  }),
  'no-finish': fault({
    about: 'finish_reason is missing, and [DONE] is there',
    at,
    does: editEvents((parts) => parts.filter((_, index) => index !== endOf(parts))),
  }),
  'only-done': fault({
    about: 'a stream has [DONE] and nothing else',
    at,
    does: editEvents(() => [DONE]),
  }),
  'empty-stream': fault({
    about: 'a stream has no event',
    at,
    does: editEvents(() => []),
  }),
  'after-done': fault({
    about: 'more text follows [DONE]',
    at,
    does: editEvents((parts) => [
      ...parts,
      withChoice(parts[0] ?? {}, { delta: { content: ' MORE AFTER DONE' } }),
    ]),
  }),
  finish: faultOf({
    about: 'finish_reason is this word',
    at,
    argument: text('WORD', 'content_filter'),
    does: (finish_reason) =>
      editJson((fields) =>
        choiceOf(fields)?.finish_reason == null ? fields : withChoice(fields, { finish_reason }),
      ),
  }),
  cumulative: fault({
    about: 'each event has the whole text so far',
    at,
    does: editEvents(cumulated),
  }),
  repeated: fault({
    about: 'each event is sent twice',
    at,
    does: editEvents((parts) => parts.flatMap((part) => (part === DONE ? [part] : [part, part]))),
  }),
  'no-usage': fault({
    about: 'usage is missing',
    at,
    does: [
      editEvents((parts) => parts.filter((part) => !isEvent(part) || choiceOf(part))),
      editJson((fields) => without(fields, 'usage')),
    ],
  }),
  'json-for-stream': fault({
    about: 'a request for a stream gets plain JSON',
    at,
    does: edit((answer) => {
      if (typeof answer.body === 'string' || !isParts(answer.body)) return answer;
      const headers = { ...answer.headers, 'content-type': 'application/json' };
      return { ...answer, headers, body: completionOf([...answer.body]) };
    }),
  }),
  'stream-for-json': fault({
    about: 'a request for JSON gets an event stream',
    at,
    does: edit((answer) => {
      const { body } = answer;
      if (typeof body === 'string' || isParts(body) || !choiceOf(body)) return answer;
      const headers = { ...answer.headers, 'content-type': 'text/event-stream' };
      const { message = {}, finish_reason = null } = choiceOf(body) ?? {};
      const chunk = withChoice(body, { delta: message, finish_reason });
      return { ...answer, headers, body: [chunk, DONE] };
    }),
  }),
  'bad-event': fault({
    about: 'an event in the middle is no JSON',
    at,
    does: editEvents((parts) => {
      const half = firstHalf(parts);
      return [...half, 'data: {"choices":[{"delta":\n\n', ...parts.slice(half.length)];
    }),
  }),
  'empty-chunks': fault({
    about: 'chunks without choices, with null and with an empty object stand between the others',
    at,
    does: editEvents((parts) =>
      parts.flatMap((part): Part[] =>
        isEvent(part) ? [{ choices: [] }, 'data: null\n\n', {}, part] : [part],
      ),
    ),
  }),
  'line-ends': faultOf({
    about: 'lines end with these characters; comments, ids and a byte order mark are there too',
    at,
    argument: word('ENDS', 'crlf', { crlf: '\r\n', cr: '\r', lf: '\n' }),
    does: (end) =>
      wire((answer) => {
        const lines = answer.parts.map((part) =>
          `: comment\nid: 7\nevent: message\nretry: 10\n${part.toString()}`.replaceAll('\n', end),
        );
        const [first = '', ...others] = answer.is_stream ? lines : answer.parts.map(String);
        const marked = answer.is_stream ? `\u{FEFF}${first}` : first;
        return [headOf(answer, CHUNKED), ...[marked, ...others].map(chunkOf), LAST_CHUNK];
      }),
  }),
  ndjson: fault({
    about: 'a stream has one JSON document a line, without data:',
    at,
    does: editEvents((parts) => parts.filter(isEvent).map((part) => `${JSON.stringify(part)}\n`)),
  }),
  pings: faultOf({
    about: 'only comments come, one each that time, for ever',
    at,
    argument: duration('1s'),
    does: (ms) => wire((answer) => forEver(headOf(answer, CHUNKED), ': ping\n\n', ms)),
  }),
  'empty-data': faultOf({
    about: 'only events with {} come, one each that time, for ever',
    at,
    argument: duration('1s'),
    does: (ms) => wire((answer) => forEver(headOf(answer, CHUNKED), 'data: {}\n\n', ms)),
  }),
  endless: fault({
    about: 'the answer never ends, as fast as the client takes it',
    at: ['models', 'chat', 'device', 'poll', 'refresh'],
    does: wire((answer) => {
      const padding = 'a'.repeat(1024);
      const [, event] = answer.parts;
      const long = event?.toString().replace(/"content":"[^"]*"/, `"content":"${padding}"`);
      const many = (answer.is_stream ? (long ?? ': ping\n\n') : padding).repeat(64);
      return forEver(headOf(answer, CHUNKED), many, 0);
    }),
  }),
  giant: faultOf({
    about: 'one event, or the whole answer, is so many MiB long',
    at: ['models', 'chat', 'device', 'poll', 'refresh'],
    argument: count(20, 1024, 'MIB'),
    does: (size) =>
      wire(function* (answer) {
        const [first = Buffer.from('{}'), ...others] = answer.parts;
        yield headOf(answer, CHUNKED);
        if (answer.is_stream) yield chunkOf(first);
        yield chunkOf(
          answer.is_stream ? 'data: {"choices":[{"index":0,"delta":{"content":"' : '{"padding":"',
        );
        const piece = chunkOf('a'.repeat(64 * 1024));
        for (let left = size * 16; left > 0; left -= 1) yield piece;
        const rest = answer.is_stream ? '"}}]}\n\n' : `",${first.toString().replace(/^\{/, '')}`;
        yield* [rest, ...others].map(chunkOf);
        yield LAST_CHUNK;
      }),
  }),
};

function* forEver(head: string, piece: string | Buffer, ms: number): Generator<Step> {
  yield head;
  const chunk = chunkOf(piece);
  for (;;) yield* ms > 0 ? [chunk, ms] : [chunk];
}

function cumulated(parts: readonly Part[]): Part[] {
  let content = '';
  return parts.map((part) => {
    const delta = choiceOf(part)?.delta;
    if (typeof delta?.['content'] !== 'string') return part;
    content += delta['content'];
    return withChoice(part, { delta: { ...delta, content } });
  });
}

/** The whole completion that the chunks make. */
function completionOf(parts: readonly Part[]): Fields {
  const deltas = parts.map((part) => choiceOf(part)?.delta ?? {});
  const join = (name: string): string =>
    deltas.map((delta) => (typeof delta[name] === 'string' ? delta[name] : '')).join('');
  const { finish_reason = null } = choiceOf(parts[endOf(parts)] ?? {}) ?? {};
  const message = { role: 'assistant', content: join('content') };
  const usage = parts.filter(isEvent).findLast((part) => part['usage'] != null)?.['usage'];
  const choices = [{ index: 0, message, finish_reason }];
  return { ...(parts[0] as Fields), object: 'chat.completion', choices, usage };
}
