import { createEventStreamParser } from '../core/chat/sse.ts';

/** One event of an event stream. */
export interface StreamEvent {
  /** The value of the `event` field, `message` if there is none. */
  event: string;
  /** The values of the `data` fields, joined with line feeds. */
  data: string;
}

/**
 * The events of a body (WHATWG HTML §9.2.6), one after another. An event without its blank line at the
 * end counts too, as many servers leave it out.
 * @throws ProtocolError `event_too_large` for an event of more than 16 Mi characters; the errors of the body
 */
export async function* parseEventStream(
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array>,
): AsyncGenerator<StreamEvent> {
  const parser = createEventStreamParser('the server');
  for await (const bytes of body as AsyncIterable<Uint8Array>) yield* parser.push(bytes);
  yield* parser.end();
}
