import { readText } from '../http/body.ts';
import { type HttpRequest, isSuccess, type Send } from '../http/message.ts';
import { withDialectHeaders } from './dialect.ts';
import { patiently, type ProbeRequestOptions, type RunContext } from './probe-request.ts';
import { createWireRecorder, type WireExchange } from './wire.ts';

/** A request that the server has to refuse. */
export interface Provocation {
  /** Of a question. */
  body: Readonly<Record<string, unknown>>;
  /** Spoils the request, where the body is not wrong already. Undefined: nothing can be spoilt. */
  spoil?: (request: HttpRequest) => HttpRequest | undefined;
  /** What the answer would cost at least if the server gave one. */
  tokens?: number;
}

/** Ends the exchange before the client acts on a refusal: it would renew the login after a 401. */
class Ended extends Error {}

/**
 * Sends one request that the server has to refuse, and resolves to what came, whatever its status; to
 * undefined if there was nothing to spoil, and so nothing was sent. A 429 is no answer: the request is
 * sent again later.
 * @throws OutOfTokens; QuotaError; NetworkError and ProtocolError for no complete answer; the reason of
 *   an aborted signal
 */
export async function provoke(
  provocation: Provocation,
  run: RunContext,
  options: ProbeRequestOptions,
): Promise<WireExchange | undefined> {
  const once = (signal: AbortSignal) => provokeOnce(provocation, run, options, signal);
  return (await patiently(run, options, once)).wire;
}

async function provokeOnce(
  { body, spoil = (request) => request, tokens = 0 }: Provocation,
  { budget, clock, limiter, requests }: RunContext,
  { probe, deadline, headers }: ProbeRequestOptions,
  signal: AbortSignal,
): Promise<{ wire: WireExchange | undefined }> {
  const recordTokens = await deadline.pauseFor(budget.reserve(probe, tokens, signal));
  const recorder = createWireRecorder(clock);
  const wrap = (send: Send): Send => {
    const observed = recorder.wrap(limiter.observe(send));
    return async (request) => {
      const spoilt = spoil(request);
      if (spoilt === undefined) throw new Ended();
      const response = await observed(withDialectHeaders(spoilt, headers));
      if (response.status === 429) return response;
      await readText(response);
      throw new Ended();
    };
  };
  try {
    await requests(wrap)({ method: 'POST', path: '/chat/completions', body, signal });
  } catch (error) {
    const wire = recorder.exchange();
    recordTokens(wire !== undefined && isSuccess(wire) ? undefined : 0);
    if (error instanceof Ended) return { wire };
    throw error;
  }
  // Only a 429 gets here, and is an error.
  return { wire: recorder.exchange() };
}
