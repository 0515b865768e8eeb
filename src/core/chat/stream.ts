import { planOfHost } from '../qwen/plans.ts';
import { reportedError } from '../api/refusal.ts';
import { NetworkError, ProtocolError } from '../errors.ts';
import { type Assembled, type Assembly, createAssembly } from './assembly.ts';
import { parseChunk } from './chunk.ts';
import type { Incoming } from './incoming.ts';
import { createEventStreamParser, type ServerSentEvent } from './sse.ts';

/** How long to wait for `usage` after a `finish_reason`: nothing else follows it. */
const LINGER_MS = 5_000;

/**
 * Reads an answer that is an event stream. It is complete with a `finish_reason` or `[DONE]`; a broken
 * connection after that is ignored. If it throws, it has delivered all text that was held back.
 * @throws ProtocolError `truncated_stream` for an end without either, `empty_answer` for a stream
 *   without a choice, `malformed_answer`, `event_too_large`
 * @throws NetworkError for a time-out, with a code that ends in `timeout`
 * @throws AuthError, ApiError, QuotaError for an error that the server reports in the stream
 */
export async function readStream(incoming: Incoming): Promise<Assembled> {
  const { response, signal, deliver } = incoming;
  const assembly = createAssembly({ suspected: planOfHost(response.host) === 'coding' });
  const deliverRest = async () => {
    for (const delta of assembly.end()) await deliver(delta);
  };

  let done = false;
  try {
    done = await readEvents(incoming, assembly);
  } catch (error) {
    if (signal?.aborted) throw error;
    if (!assembly.finished || !(error instanceof NetworkError)) {
      await deliverRest();
      throw describe(error, response.host, assembly.result());
    }
  }
  await deliverRest();
  const answer = assembly.result();
  if (!done && !assembly.finished) throw truncated(response.host, answer);
  if (!answer.has_choice) throw withoutChoice(response.host);
  return answer;
}

/** Resolves to true at `[DONE]`, and closes the connection; to false at the end of the body. */
async function readEvents(
  { response, signal, context, deliver, hangUpAfter }: Incoming,
  assembly: Assembly,
): Promise<boolean> {
  const { host } = response;
  const parser = createEventStreamParser(host);
  let lingering = false;
  for await (const bytes of response.body) {
    for (const event of parser.push(bytes)) {
      const data = event.data.trim();
      if (data === '[DONE]') return true;
      if (data === '' || isForeign(event)) continue;
      const chunk = parseChunk(event, host);
      if (chunk.error) throw reportedError(chunk.error, response, context);
      for (const delta of assembly.add(chunk)) {
        // Most callbacks return undefined: an await for each of 200,000 deltas would cost time.
        const pending = deliver(delta);
        if (pending) await pending;
      }
      if (signal?.aborted) break;
    }
    if (assembly.finished && !lingering) {
      lingering = true;
      hangUpAfter(LINGER_MS);
    }
  }
  signal?.throwIfAborted();
  return false;
}

/** Heartbeats and other events under their own names. Such an event is a chunk only if it is JSON. */
function isForeign({ event, data }: ServerSentEvent): boolean {
  return event !== 'message' && event !== 'error' && !data.trimStart().startsWith('{');
}

/** A broken connection becomes `truncated_stream`; a time-out stays a time-out. */
function describe(error: unknown, host: string, answer: Assembled): unknown {
  const broken = error instanceof NetworkError && !error.code.endsWith('timeout');
  return broken ? truncated(host, answer, error) : error;
}

function truncated(host: string, answer: Assembled, cause?: Error): ProtocolError {
  const { chunks, content, reasoning } = answer;
  const arrived =
    chunks === 0
      ? 'nothing of it had arrived'
      : `${chunks} ${chunks === 1 ? 'chunk' : 'chunks'} with ${content.length + reasoning.length} characters had arrived and were kept`;
  return new ProtocolError(
    `The answer of ${host} broke off: ${arrived}, but neither a finish_reason nor [DONE]`,
    {
      code: 'truncated_stream',
      hint: 'Try again. If it happens every time, a proxy on the way may cut long answers off.',
      cause,
    },
  );
}

function withoutChoice(host: string): ProtocolError {
  return new ProtocolError(`${host} sent an answer without a choice`, {
    code: 'empty_answer',
    hint: 'Try again, or choose another model with -m.',
  });
}
