import type { HttpResponse } from '../../core/http/message.ts';
import { redact, redactUrl } from '../../core/redaction.ts';
import { messageOf, sizeOf } from './debug-lines.ts';
import { type Exchange, timingsOf, type Watcher } from './exchange.ts';

/** The headers in which servers name a request, the most usual first. */
const REQUEST_IDS = [
  'x-request-id',
  'request-id',
  'x-dashscope-request-id',
  'req-cost-id',
  'apim-request-id',
  'x-amzn-requestid',
  'cf-ray',
];

/** The name that the server gave the request. */
export function requestIdOf({ headers }: HttpResponse): string | undefined {
  const name = REQUEST_IDS.find((one) => headers[one] !== undefined);
  return name === undefined ? undefined : headers[name];
}

/** Shows exchanges line by line: what, when, how long and how large, without headers and bodies. */
export function traceLines(show: (lines: readonly string[]) => void): Watcher {
  const line = ({ number }: Exchange, text: string) => show([`[${number}] ${text}`]);
  return {
    begin(exchange) {
      const { method, url, body, step, again } = exchange.request;
      const size = sizeOf(body);
      line(
        exchange,
        `${method} ${redactUrl(url)}, ${size === undefined ? 'a stream' : bytes(size)}`,
      );
      if (step) line(exchange, step.request);
      if (again !== undefined) line(exchange, `sent again: ${again}`);
    },
    head(exchange) {
      const { request, response, connection, start, marks } = exchange;
      if (response === undefined) return;
      const id = requestIdOf(response);
      const parts = [
        `HTTP/1.1 ${response.status} ${response.status_text ?? ''}`.trim(),
        ...(connection?.tls ? [connection.tls] : []),
        ...(connection?.address ? [connection.address] : []),
        ...(id === undefined ? [] : [`request id ${redact(id)}`]),
      ];
      line(exchange, parts.join(', '));
      line(exchange, `after ${ms((marks.head ?? start) - start)}: ${phases(exchange)}`);
      if (request.step) line(exchange, request.step.response);
    },
    event(exchange, { event, size, at, end }) {
      const named = event === 'message' ? '' : ` "${event}"`;
      const text = `event ${exchange.event_count}${named}: ${ms(at)}, byte ${end}, ${size} characters`;
      line(exchange, text);
    },
    end(exchange) {
      const { request, response, start, marks, received, decoded, event_count } = exchange;
      const total = ms((marks.end ?? start) - start);
      if (exchange.failure !== undefined) {
        line(exchange, `failed after ${total}: ${messageOf(exchange.failure, request)}`);
        if (response === undefined) return line(exchange, `spent: ${phases(exchange)}`);
      }
      const body = ms(Math.max(0, timingsOf(exchange, marks.end ?? start).receive));
      const size = decoded > received ? `${bytes(received)} (${decoded} decoded)` : bytes(received);
      const events = event_count > 0 ? `, ${event_count} events` : '';
      line(exchange, `ended after ${total}: body ${body}, ${size}${events}`);
    },
  };
}

const WORDS = [
  ['dns', 'DNS'],
  ['connect', 'connect'],
  ['ssl', 'TLS'],
  ['send', 'sending'],
  ['wait', 'waiting'],
] as const;

/** The time until the head, by what it was spent on. */
function phases(exchange: Exchange): string {
  const { marks, start } = exchange;
  const spent = timingsOf(exchange, marks.head ?? marks.end ?? start);
  const tcp = spent.connect - Math.max(0, spent.ssl);
  const shown = WORDS.filter(([phase]) => spent[phase] >= 0).map(
    ([phase, word]) => `${word} ${ms(phase === 'connect' ? tcp : spent[phase])}`,
  );
  const kept = spent.connect === -1 && spent.dns === -1 && marks.ready !== undefined;
  return [...(kept ? ['connection kept'] : []), ...shown].join(', ');
}

const ms = (time: number) => `${Math.round(time * 10) / 10} ms`;
const bytes = (count: number) => `${count} bytes`;
