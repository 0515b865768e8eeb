import { createParser } from 'eventsource-parser';
import { ProtocolError } from '../errors.ts';
import { createUtf8Decoder } from '../http/utf8.ts';

export interface ServerSentEvent {
  /** `message` unless the server named another. */
  event: string;
  data: string;
}

export interface EventStreamParser {
  /**
   * The events that these bytes complete. A block without its blank line is never an event.
   * @throws ProtocolError `event_too_large` when a line or an event outgrows the cap
   */
  push(bytes: Uint8Array): ServerSentEvent[];
}

/** For one line and for one event, in UTF-16 code units. */
const EVENT_CAP = 16 * 1024 * 1024;

/** Framing of `text/event-stream` as the WHATWG HTML Standard §9.2.5 and §9.2.6 tell. */
export function createEventStreamParser(host: string, cap = EVENT_CAP): EventStreamParser {
  const decode = createUtf8Decoder();
  let events: ServerSentEvent[] = [];
  let tooLarge = false;
  /** Whether the last chunk ended with CR: an LF that comes next belongs to it. */
  let afterCr = false;

  const parser = createParser({
    onEvent: ({ event = 'message', data }) => events.push({ event, data }),
    onError: ({ type }) => {
      tooLarge ||= type === 'max-buffer-size-exceeded';
    },
    maxBufferSize: cap,
  });
  // At its first chunk the parser takes the text "ï»¿" for a byte order mark: let that be empty.
  parser.feed('');

  /** The parser withholds a CR at the end of a chunk, and so an event, until more comes. */
  function onlyLineFeeds(text: string): string {
    const rest = afterCr && text.startsWith('\n') ? text.slice(1) : text;
    afterCr = text.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  }

  return {
    push(bytes) {
      const text = decode(bytes);
      if (text === '') return [];
      events = [];
      if (!tooLarge) parser.feed(onlyLineFeeds(text));
      if (tooLarge) {
        throw new ProtocolError(`${host} sent an event of more than ${cap} characters`, {
          code: 'event_too_large',
          hint: 'Check that the address is that of a chat API.',
        });
      }
      return events;
    },
  };
}
