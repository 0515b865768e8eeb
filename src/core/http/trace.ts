import type { Socket } from 'node:net';
import type { HttpRequest, HttpResponse } from './message.ts';

/**
 * A step of an exchange that has ended: the connection is being `open`ed, or that to a `proxy`, its host
 * was looked up (`dns`), it is connected (through a proxy, with the tunnel), TLS is done, it is `ready` for the
 * request, the request is `sent`. An exchange on a connection that was kept has the last two alone.
 */
export type Step = 'open' | 'proxy' | 'dns' | 'connect' | 'tls' | 'ready' | 'sent';

/** Watches one exchange. */
export interface ExchangeTrace {
  /** @param socket the connection, when it is `ready` */
  step: (step: Step, socket?: Socket) => void;
  /** The head has come. */
  response(response: HttpResponse): void;
  /** Bytes of the body, as they came. */
  received(count: number): void;
  /** Bytes of the body, decompressed. */
  part(bytes: Uint8Array): void;
  /** Called once, after the body or with why there is none. */
  end(failure?: unknown): void;
}

/** Begins to watch an exchange. An attempt that follows is another one. */
export type Trace = (request: HttpRequest) => ExchangeTrace;

/** The response, counting the bytes of its body: they may be decompressed later. */
export function wireBody(response: HttpResponse, trace: ExchangeTrace): HttpResponse {
  async function* counted() {
    for await (const part of response.body) {
      trace.received(part.byteLength);
      yield part;
    }
  }
  return { ...response, body: counted() };
}

/** The response, showing each part of its body and its end. */
export function tracedBody(response: HttpResponse, trace: ExchangeTrace): HttpResponse {
  async function* shown() {
    let failure: unknown;
    try {
      for await (const part of response.body) {
        trace.part(part);
        yield part;
      }
    } catch (error) {
      failure = error;
      throw error;
    } finally {
      trace.end(failure);
    }
  }
  return { ...response, body: shown() };
}
