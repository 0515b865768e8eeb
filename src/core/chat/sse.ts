import { createParser } from 'eventsource-parser';
import { ProtocolError } from '../errors.ts';
import { createUtf8Decoder } from '../http/body.ts';

/** One event of an event stream. */
export interface ServerSentEvent {
  /** The value of the `event` field, `message` if there is none. */
  event: string;
  /** The values of the `data` fields, joined with line feeds. */
  data: string;
}

/** Turns the bytes of an event stream into events (WHATWG HTML §9.2.6, server-sent events). */
export interface EventStreamParser {
  /**
   * The events that these bytes complete. A block without its blank line is not an event.
   * @throws ProtocolError `event_too_large` if a line or an event is longer than the cap, or has more than
   *   100,000 lines
   */
  push(bytes: Uint8Array): ServerSentEvent[];
  /** About how many characters of an event have come that is not complete. */
  readonly pending: number;
  /** The last event of a body that ended without the blank line. */
  end(): ServerSentEvent[];
}

/** Maximum length of one line and of one event, in UTF-16 code units: 16 Mi. */
const EVENT_CAP = 16 * 1024 * 1024;

/** Lines of data that one event may have: each takes 70 bytes of memory beside its characters. */
const LINES_CAP = 100_000;

/** Parses `text/event-stream` (WHATWG HTML Standard §9.2.5 and §9.2.6). `host` is for errors. */
export function createEventStreamParser(host: string, cap = EVENT_CAP): EventStreamParser {
  const decode = createUtf8Decoder();
  let events: ServerSentEvent[] = [];
  let tooLarge = false;
  /** Whether the last bytes ended with CR. An LF that follows belongs to the same line end. */
  let afterCr = false;
  /** LF if the last bytes ended with it: what comes next begins a line. */
  let lineEnd = '\n';
  /** Characters, and lines of data, since the last event or the last empty line. */
  let pending = 0;
  let lines = 0;

  const parser = createParser({
    onEvent: ({ event = 'message', data }) => events.push({ event, data }),
    onError: ({ type, field, value = '' }) => {
      tooLarge ||= type === 'max-buffer-size-exceeded';
      // llama.cpp before 2025 and its forks report a failure in a field of its own.
      if (field === 'error') events.push({ event: 'error', data: value });
    },
    maxBufferSize: cap,
  });
  // The parser takes the text "ï»¿" at the start of its first input for a byte order mark, so that
  // its first input is empty.
  parser.feed('');

  /** The parser holds back a CR at the end of its input, and so an event, until more input comes. */
  function onlyLineFeeds(text: string): string {
    const rest = afterCr && text.startsWith('\n') ? text.slice(1) : text;
    afterCr = text.endsWith('\r');
    return rest.includes('\r') ? rest.replace(/\r\n?/g, '\n') : rest;
  }

  function countOpen(text: string): void {
    const begun = lineEnd + text;
    lineEnd = text.endsWith('\n') ? '\n' : '';
    if (events.length > 0) {
      pending = lines = 0;
      return;
    }
    const end = begun.lastIndexOf('\n\n');
    if (end !== -1) pending = lines = 0;
    const open = begun.slice(end + 1);
    pending += open.length;
    lines += open.split('\ndata').length - 1;
    tooLarge ||= lines > LINES_CAP;
  }

  return {
    get pending() {
      return pending;
    },
    push(bytes) {
      const decoded = decode(bytes);
      // Nothing, or the beginning of a character: it does not part a CR from its LF.
      if (decoded === '') return [];
      const text = onlyLineFeeds(decoded);
      if (text === '') return [];
      events = [];
      if (!tooLarge) parser.feed(text);
      countOpen(text);
      if (tooLarge) {
        throw new ProtocolError(`${host} sent an event of more than ${cap} characters`, {
          code: 'event_too_large',
          hint: 'Check that the base URL is that of an OpenAI-compatible API.',
        });
      }
      return events;
    },
    end() {
      events = [];
      if (!tooLarge) parser.feed('\n\n');
      return events;
    },
  };
}
