import { isCodingPlanHost } from '../api/hosts.ts';
import { reportedError } from '../api/refusal.ts';
import { NetworkError, ProtocolError } from '../errors.ts';
import { type Assembled, type Assembly, createAssembly } from './assembly.ts';
import { parseChunk } from './chunk.ts';
import type { Incoming } from './incoming.ts';
import { createEventStreamParser, type ServerSentEvent } from './sse.ts';

/** After a finish_reason only usage is to come: nobody waits longer than this for it, in ms. */
const LINGER = 5_000;

/**
 * Reads an answer that comes as an event stream. It is complete with a finish_reason or `[DONE]`; a
 * connection that breaks after that is of no account.
 * @throws ProtocolError `truncated_stream` for an end without either; what the server reports; a
 *   time-out as it is. What had been held back is delivered before.
 */
export async function readStream(incoming: Incoming): Promise<Assembled> {
  const { response, signal, deliver } = incoming;
  const assembly = createAssembly({ suspected: isCodingPlanHost(response.host) });
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

/** Resolves with true at `[DONE]`, which drops the connection, and with false at the end. */
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
        // Most readers return nothing: no promise for each of hundreds of thousands of deltas.
        const pending = deliver(delta);
        if (pending) await pending;
      }
      if (signal?.aborted) break;
    }
    if (assembly.finished && !lingering) {
      lingering = true;
      hangUpAfter(LINGER);
    }
  }
  signal?.throwIfAborted();
  return false;
}

/** Heartbeats and the like under a name of their own; only what is JSON there is for us. */
function isForeign({ event, data }: ServerSentEvent): boolean {
  return event !== 'message' && event !== 'error' && !data.trimStart().startsWith('{');
}

/** A connection that breaks truncates the stream; a time-out stays one. */
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
      hint: 'Ask again; if it stays so, something between here and there may cut long answers.',
      cause,
    },
  );
}

function withoutChoice(host: string): ProtocolError {
  return new ProtocolError(`${host} sent an answer without a choice`, {
    code: 'empty_answer',
    hint: 'Ask again, or another model with -m.',
  });
}
