import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { createEventStreamParser, type EventStreamParser } from '../../core/chat/sse.ts';
import { createUtf8Decoder } from '../../core/http/body.ts';
import type { HttpRequest, HttpResponse } from '../../core/http/message.ts';
import type { ExchangeTrace, Trace } from '../../core/http/trace.ts';
import type { Clock } from '../../core/ports.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { Exchange, StreamEvent, TraceFlags, Watcher } from './exchange.ts';

/** Characters of one body that are kept. */
const KEPT = 1024 * 1024;
/** Events of one stream that are kept. */
const KEPT_EVENTS = 20_000;

/** Creates what the flags ask for. @throws StorageError `file_not_written` for `--trace-har` */
export async function createTrace(
  context: Context,
  { debug, trace, traceHar }: TraceFlags,
): Promise<Trace> {
  const show = (lines: readonly string[]) => {
    for (const line of lines) notice(context, line);
  };
  const watchers: Watcher[] = [];
  if (debug) watchers.push((await import('./debug-lines.ts')).debugLines(show));
  if (trace) watchers.push((await import('./trace-lines.ts')).traceLines(show));
  if (traceHar !== undefined) {
    watchers.push(await (await import('./har-file.ts')).openHarFile(context, traceHar));
  }
  let number = 0;
  return (request) => {
    number += 1;
    return watch(number, request, context.clock, watchers, traceHar !== undefined);
  };
}

/** @param keep whether the text of bodies is kept */
function watch(
  number: number,
  request: HttpRequest,
  clock: Clock,
  watchers: readonly Watcher[],
  keep: boolean,
): ExchangeTrace {
  const exchange: Exchange = {
    number,
    request,
    started_at: clock.now(),
    start: clock.monotonic(),
    marks: {},
    received: 0,
    decoded: 0,
    text: '',
    events: [],
    event_count: 0,
  };
  const { marks } = exchange;
  const decode = createUtf8Decoder();
  let parser: EventStreamParser | undefined;
  for (const watcher of watchers) watcher.begin?.(exchange);

  const take = (events: readonly { event: string; data: string }[]) => {
    for (const { event, data } of events) {
      const seen: StreamEvent = {
        event,
        data: keep && exchange.text.length < KEPT ? data : undefined,
        size: data.length,
        at: clock.monotonic() - exchange.start,
        end: exchange.decoded,
      };
      exchange.event_count += 1;
      if (keep && exchange.events.length < KEPT_EVENTS) exchange.events.push(seen);
      for (const watcher of watchers) watcher.event?.(exchange, seen);
    }
  };
  /** Runs the parser, which refuses an event of more than 16 MiB: the reader says so. */
  const parse = (step: (parser: EventStreamParser) => { event: string; data: string }[]) => {
    try {
      if (parser) take(step(parser));
    } catch {
      parser = undefined;
    }
  };

  return {
    step(step, socket) {
      marks[step] = clock.monotonic();
      if (socket) exchange.connection = describe(socket);
    },
    response(response) {
      marks.head = clock.monotonic();
      exchange.response = response;
      if (isEventStream(response)) parser = createEventStreamParser(response.host);
      for (const watcher of watchers) watcher.head?.(exchange);
    },
    received(count) {
      exchange.received += count;
    },
    part(bytes) {
      if (keep && exchange.text.length < KEPT && request.step === undefined) {
        exchange.text += decode(bytes).slice(0, KEPT - exchange.text.length);
      }
      if (!parser) {
        exchange.decoded += bytes.byteLength;
        return;
      }
      // Line by line, so that each event has its own offset.
      for (const line of linesOf(bytes)) {
        exchange.decoded += line.byteLength;
        parse((parser) => parser.push(line));
      }
    },
    end(failure) {
      if (marks.end !== undefined) return;
      parse((parser) => parser.end());
      marks.end = clock.monotonic();
      exchange.failure = failure;
      for (const watcher of watchers) watcher.end?.(exchange);
    },
  };
}

function isEventStream({ headers }: HttpResponse): boolean {
  return /^\s*text\/event-stream\b/i.test(headers['content-type'] ?? '');
}

function* linesOf(bytes: Uint8Array): Generator<Uint8Array> {
  let from = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, from)) {
    yield bytes.subarray(from, at + 1);
    from = at + 1;
  }
  if (from < bytes.length) yield bytes.subarray(from);
}

function describe(socket: Socket): NonNullable<Exchange['connection']> {
  return {
    address: socket.remoteAddress?.replace(/%.*/, ''),
    port: socket.localPort,
    tls: socket instanceof TLSSocket ? (socket.getProtocol() ?? undefined) : undefined,
  };
}
