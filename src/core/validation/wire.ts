import { jsonOrUndefined } from '../json.ts';
import type { HttpRequest, HttpResponse, Send } from '../http/message.ts';
import type { Clock } from '../ports.ts';

/** One exchange as it went over the network, for checks that the tolerant client cannot make. */
export interface WireExchange {
  request: Pick<HttpRequest, 'url' | 'body'>;
  status: number;
  /** Lower-case names. */
  headers: Readonly<Record<string, string>>;
  /** The reads of the body in order, with the milliseconds since the request was sent. */
  chunks: { at_ms: number; bytes: Uint8Array }[];
}

/** An event of a recorded stream. */
export interface WireEvent {
  /** The values of its `data` fields, joined with line feeds. */
  data: string;
  /** `data` as JSON; undefined when it is not JSON, for `[DONE]` too. */
  json: unknown;
  /** The index in `chunks` of the read that completed it. */
  read: number;
}

/** Records the last exchange that goes through a transport. */
export interface WireRecorder {
  wrap(send: Send): Send;
  /** Undefined before the first response. */
  exchange(): WireExchange | undefined;
}

/** @param clock for the times of the chunks */
export function createWireRecorder(clock: Clock): WireRecorder {
  let exchange: WireExchange | undefined;
  return {
    wrap: (send) => async (request) => {
      const start = clock.monotonic();
      const response = await send(request);
      const { status, headers } = response;
      const { url, body } = request;
      const recorded: WireExchange = {
        request: body === undefined ? { url } : { url, body },
        status,
        headers,
        chunks: [],
      };
      exchange = recorded;
      return {
        ...response,
        body: recording(response.body, recorded, () => clock.monotonic() - start),
      };
    },
    exchange: () => exchange,
  };
}

async function* recording(
  body: HttpResponse['body'],
  { chunks }: WireExchange,
  since: () => number,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of body) {
    chunks.push({ at_ms: since(), bytes });
    yield bytes;
  }
}

/** The whole body as text. Malformed UTF-8 becomes U+FFFD. */
export function wireText({ chunks }: WireExchange): string {
  return Buffer.concat(chunks.map(({ bytes }) => bytes)).toString('utf8');
}

/** The body as one JSON document; undefined when it is none. */
export function wireDocument(exchange: WireExchange): unknown {
  return jsonOrUndefined(wireText(exchange));
}

/**
 * The events of a body, read by the letter of the standard (WHATWG HTML §9.2.6) and without the
 * patience of the client: a block without its blank line is no event.
 */
export function wireEvents(exchange: WireExchange): readonly WireEvent[] {
  const { chunks } = exchange;
  const known = READ.get(exchange);
  if (known?.reads === chunks.length) return known.events;
  const decoder = new TextDecoder();
  const events: WireEvent[] = [];
  let rest = '';
  chunks.forEach(({ bytes }, read) => {
    rest += decoder.decode(bytes, { stream: true });
    const blocks = rest.split(/(?:\r\n|\n|\r(?!\n)){2}/);
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = dataOf(block);
      if (data !== undefined) events.push({ data, json: jsonOrUndefined(data), read });
    }
  });
  READ.set(exchange, { reads: chunks.length, events });
  return events;
}

/** Several checks read the events of one exchange. */
const READ = new WeakMap<WireExchange, { reads: number; events: readonly WireEvent[] }>();

function dataOf(block: string): string | undefined {
  const values = block
    .split(/\r\n|\n|\r/)
    .filter((line) => line === 'data' || line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).replace(/^ /, ''));
  return values.length === 0 ? undefined : values.join('\n');
}
