import type { RefusalContext } from '../api/refusal-hints.ts';
import { ProtocolError } from '../errors.ts';
import type { HttpResponse } from '../http/message.ts';
import { sizeText } from '../number.ts';
import type { Collector } from '../ports.ts';
import type { ChatDelta } from './answer.ts';

/** An answer whose head has arrived, and what the reader of its body needs. */
export interface Incoming {
  response: HttpResponse;
  /** For errors that the server reports in the body. */
  context: RefusalContext;
  /** The caller's signal. */
  signal: AbortSignal | undefined;
  /** Passes a delta to the caller. */
  deliver: (delta: ChatDelta) => void | Promise<void>;
  /** Leaves reasoning that stands in the content there. */
  raw_thinking: boolean;
  /** Whether the request asked for more than one choice. */
  several: boolean;
  /** Bytes of the answer at most, see {@link Assembly.size}. */
  max_answer: number;
  collector?: Collector | undefined;
  /** Closes the connection after `ms`. The body then ends with a NetworkError. */
  hangUpAfter: (ms: number) => void;
}

/** The error for an answer that is larger than `max_answer`. */
export function answerTooLarge(
  { response, max_answer }: Pick<Incoming, 'response' | 'max_answer'>,
  streamed = true,
): ProtocolError {
  const size = sizeText(max_answer);
  const more = `allow more: --max-answer ${sizeText(2 * max_answer)}`;
  return new ProtocolError(`The answer of ${response.host} is larger than ${size}: it was ended`, {
    code: 'answer_too_large',
    hint: streamed
      ? `Limit it with --max-tokens, or ${more}`
      : `Limit it with --max-tokens, get it as it comes with -s, or ${more}`,
  });
}

/** Bytes of a body, or characters of an event, that are one piece of JSON and are large. */
export const LARGE = 4 * 1024 * 1024;

/** The formats of a body: `events` is a `text/event-stream`, `html` a page that is no answer. */
export type AnswerFormat = 'events' | 'json' | 'html';

/**
 * The format of a body. Its first bytes decide before its `Content-Type`, because servers send JSON
 * answers, errors and the pages of firewalls as `text/event-stream`. An event stream with any event
 * does not begin with `{`, `[` or `<`, and JSON does not begin with a field name.
 */
export function formatOf(content_type: string | undefined, first: Uint8Array): AnswerFormat {
  const start = new TextDecoder().decode(first).trimStart().slice(0, 256);
  if (start.startsWith('<')) return 'html';
  if (/^[[{]/.test(start)) return 'json';
  if (/^(data|event|id|retry|error|)(:|\r|\n)/.test(start)) return 'events';
  if (WORDS.test(start)) return 'json';
  const type = content_type?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type.endsWith('json')) return 'json';
  return type === 'text/html' ? 'html' : 'events';
}

/** A text such as `Ollama is running`, which is neither: the reader of JSON reports it. */
const WORDS = /^[A-Za-z]+ +[A-Za-z]/;

const BYTE_ORDER_MARK = Buffer.from('\uFEFF');

/** White space before an answer that is looked at most, in bytes: some servers send it to keep alive. */
const BLANK_CAP = 64 * 1024;

/**
 * Whether the bytes are too few to tell a format: none, the beginning of a byte order mark, or white
 * space.
 */
function isBlank(bytes: Uint8Array): boolean {
  if (bytes.byteLength < BLANK_CAP && new TextDecoder().decode(bytes).trim() === '') return true;
  return BYTE_ORDER_MARK.subarray(0, bytes.byteLength).equals(bytes);
}

/** The first bytes of a body, enough to tell its format, and a response whose body begins with them. */
export async function peek(
  response: HttpResponse,
): Promise<{ first: Uint8Array; response: HttpResponse }> {
  const iterator = response.body[Symbol.asyncIterator]();
  let next = await iterator.next();
  let first: Uint8Array = next.done ? new Uint8Array() : next.value;
  while (!next.done && isBlank(first)) {
    next = await iterator.next();
    if (!next.done) first = Buffer.concat([first, next.value]);
  }
  return { first, response: { ...response, body: resume(first, iterator) } };
}

async function* resume(
  first: Uint8Array,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  try {
    yield first;
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      yield next.value;
    }
  } finally {
    await iterator.return?.();
  }
}
