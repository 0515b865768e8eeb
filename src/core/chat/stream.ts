import { planOfHost } from '../qwen/plans.ts';
import { NetworkError, ProtocolError } from '../errors.ts';
import { jsonOrUndefined } from '../json.ts';
import { type Assembled, type Assembly, createAssembly } from './assembly.ts';
import { createChunkReader } from './chunk-reader.ts';
import { isDone, isKeepAlive, separated } from './event-forms.ts';
import { answerTooLarge, type Incoming, LARGE } from './incoming.ts';
import { withoutChoice } from './malformed.ts';
import { createEventStreamParser, type ServerSentEvent } from './sse.ts';

/** Characters of an event that can take an answer far above its cap. */
const LARGE_EVENT = 1024 * 1024;

/** Bytes of memory that a character of an event takes at most: `{}` in a list takes 64. */
const MOST_GROWTH = 24;

/** How long to wait for `usage` after a `finish_reason`: nothing else follows it. */
const LINGER_MS = 5_000;

/**
 * Reads an answer that is an event stream. It is complete with a `finish_reason` or `[DONE]`; a broken
 * connection after that is ignored. If it throws, it has delivered all text that was held back.
 * @throws ProtocolError `truncated_stream` for an end without either, `empty_answer` for a stream
 *   without a choice, `malformed_answer`, `event_too_large`, `answer_too_large`
 * @throws NetworkError for a time-out, with a code that ends in `timeout`
 * @throws AuthError, ApiError, QuotaError for an error that the server reports in the stream
 */
export async function readStream(incoming: Incoming): Promise<Assembled> {
  const { response, signal, deliver, raw_thinking } = incoming;
  const suspected = planOfHost(response.host) === 'coding';
  const assembly = createAssembly({ suspected, raw_thinking });
  const deliverRest = async () => {
    for (const delta of assembly.end()) await deliver(delta);
  };

  let done = false;
  try {
    done = await readEvents(incoming, assembly);
  } catch (error) {
    if (signal?.aborted) throw error;
    if (!assembly.finished || !isOfTheStream(error)) {
      await deliverRest();
      throw describe(error, response.host, assembly);
    }
  }
  await deliverRest();
  if (!done && !assembly.finished) throw truncated(response.host, assembly);
  // The whole text takes two more copies, while those of the last event may still be there.
  if (assembly.size > LARGE) incoming.collector?.afterLarge();
  const answer = assembly.result();
  if (!answer.has_choice) throw withoutChoice(response.host);
  return answer;
}

/** Resolves to true at `[DONE]`, and closes the connection; to false at the end of the body. */
async function readEvents(incoming: Incoming, assembly: Assembly): Promise<boolean> {
  const { response, signal, context, deliver, several, hangUpAfter, max_answer, collector } =
    incoming;
  const { host } = response;
  const parser = createEventStreamParser(host);
  const readChunk = createChunkReader(host, { several });
  let lingering = false;
  let size = 0;
  /** Characters of events that cannot take the answer above its cap. */
  let unchecked = 0;
  /** Characters of an event above which its copies are freed. */
  let large = LARGE;

  /** A large event is not read at all: each step of that takes its size again. */
  function refuseLarge(length: number): void {
    if (length > LARGE_EVENT && assembly.size + length > max_answer) throw answerTooLarge(incoming);
  }

  /** Resolves to true at `[DONE]`. */
  async function read(events: readonly ServerSentEvent[]): Promise<boolean> {
    for (const event of events) {
      if (isDone(event)) return true;
      if (isKeepAlive(event)) continue;
      const { length } = event.data;
      refuseLarge(length);
      if (length > LARGE) collector?.afterLarge();
      const chunk = readChunk(event);
      // Nothing that follows a finish_reason can spoil the answer.
      if (chunk.error && assembly.finished) continue;
      for (const delta of assembly.add(chunk)) {
        // Most callbacks return undefined: an await for each of 200,000 deltas would cost time.
        const pending = deliver(delta);
        if (pending) await pending;
      }
      if (chunk.error) {
        const { reportedError } = await import('../api/refusal.ts');
        throw reportedError(chunk.error, response, context);
      }
      if (signal?.aborted) break;
      unchecked -= length;
      if (unchecked < 0) {
        const left = max_answer - assembly.size;
        if (left < 0) throw answerTooLarge(incoming);
        unchecked = left / MOST_GROWTH;
      }
    }
    return false;
  }

  for await (const bytes of response.body) {
    collector?.afterPiece(bytes.length);
    if (await read(separated(parser.push(bytes)))) return true;
    refuseLarge(parser.pending);
    if (parser.pending > large) {
      large = parser.pending + LARGE;
      collector?.afterLarge();
    } else if (parser.pending < LARGE) large = LARGE;
    if (assembly.content_size !== size) {
      size = assembly.content_size;
      response.progressed?.();
    }
    if (assembly.finished && !lingering) {
      lingering = true;
      hangUpAfter(LINGER_MS);
    }
  }
  signal?.throwIfAborted();
  // A body that ends after half a chunk is cut off: the end of the stream says so.
  return read(separated(parser.end()).filter((event) => isDone(event) || isJson(event.data)));
}

/** A failure of the connection or of an event, in contrast to one of the display. */
function isOfTheStream(error: unknown): boolean {
  return error instanceof NetworkError || error instanceof ProtocolError;
}

function isJson(data: string): boolean {
  return jsonOrUndefined(data) !== undefined;
}

/** A broken connection becomes `truncated_stream`; a time-out stays a time-out. */
function describe(error: unknown, host: string, answer: Assembly): unknown {
  const broken = error instanceof NetworkError && !error.code.endsWith('timeout');
  return broken ? truncated(host, answer, error) : error;
}

function truncated(host: string, answer: Assembly, cause?: Error): ProtocolError {
  const { chunks, characters } = answer.arrived();
  const arrived =
    chunks === 0
      ? 'nothing of it had arrived'
      : `${chunks} ${chunks === 1 ? 'chunk' : 'chunks'} with ${characters} characters had arrived and were kept`;
  return new ProtocolError(
    `The answer of ${host} broke off: ${arrived}, but neither a finish_reason nor [DONE]`,
    {
      code: 'truncated_stream',
      hint: 'Try again. If it happens every time, a proxy on the way may cut long answers off.',
      cause,
    },
  );
}
