import { isIP } from 'node:net';
import { jsonOrUndefined } from '../../core/json.ts';
import type { KnownSecrets } from '../../core/known-secrets.ts';
import {
  redact,
  REDACTED,
  redactFields,
  redactHeaders,
  redactUrl,
  secretsOf,
} from '../../core/redaction.ts';
import { messageOf, sizeOf } from './debug-lines.ts';
import { type Exchange, type StreamEvent, timingsOf } from './exchange.ts';
import { requestIdOf } from './trace-lines.ts';

/**
 * An entry of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/) for an exchange, as far as it
 * has come. Events are where Chrome has them, in `_eventSourceMessages`.
 */
export function harEntry(exchange: Exchange, known: KnownSecrets, now: number): object {
  const { request, connection, started_at, failure, number } = exchange;
  const spent = timingsOf(exchange, exchange.marks.end ?? now);
  const { ssl: _, ...parts } = spent;
  const time = Object.values(parts).reduce((sum, part) => sum + Math.max(0, part), 0);
  const { step, again } = request;
  const comment = [step?.request, again && `Sent again: ${again}`].filter(Boolean).join('. ');
  const { address, port } = connection ?? {};
  return known.redactIn({
    startedDateTime: new Date(started_at).toISOString(),
    time: rounded(time),
    request: requestOf(exchange),
    response: { ...responseOf(exchange, known), ...failureOf(failure, exchange) },
    cache: {},
    timings: {
      blocked: rounded(spent.blocked),
      dns: rounded(spent.dns),
      connect: rounded(spent.connect),
      ssl: rounded(spent.ssl),
      send: rounded(Math.max(0, spent.send)),
      wait: rounded(Math.max(0, spent.wait)),
      receive: rounded(Math.max(0, spent.receive)),
    },
    ...(address !== undefined && isIP(address) !== 0 && { serverIPAddress: address }),
    ...(port !== undefined && { connection: String(port) }),
    ...(comment !== '' && { comment }),
    ...(again !== undefined && { _again: again }),
    ...(connection?.tls !== undefined && { _tls: connection.tls }),
    _number: number,
    ...eventFields(exchange, known),
  });
}

const rounded = (ms: number) => Math.round(ms * 1000) / 1000;

function requestOf({ request }: Exchange) {
  const { method, headers, secret_headers, body, step } = request;
  const url = redactUrl(request.url);
  return {
    method,
    url,
    httpVersion: 'HTTP/1.1',
    cookies: [],
    headers: fields(redactHeaders(headers, [], secret_headers)),
    queryString: [...new URL(url).searchParams].map(([name, value]) => ({ name, value })),
    ...(body !== undefined && {
      postData: {
        mimeType: headers['content-type'] ?? '',
        text: step === undefined ? shownBody(textOf(body)) : '',
      },
    }),
    headersSize: -1,
    bodySize: sizeOf(body) ?? -1,
  };
}

function responseOf(exchange: Exchange, known: KnownSecrets) {
  const { request, response, received, decoded, text } = exchange;
  const headers = redactHeaders(response?.headers ?? {}, secretsOf(request));
  const id = response && requestIdOf(response);
  const shown = request.step === undefined && text !== '' && !repeatsInPieces(exchange, known);
  return {
    status: response?.status ?? 0,
    statusText: response?.status_text ?? '',
    httpVersion: response ? 'HTTP/1.1' : '',
    cookies: [],
    headers: fields(headers),
    content: {
      size: decoded,
      mimeType: response?.headers['content-type'] ?? 'x-unknown',
      ...(decoded > received && { compression: decoded - received }),
      ...(shown && { text: shownBody(text) }),
    },
    redirectURL: '',
    headersSize: -1,
    bodySize: response ? received : -1,
    ...(id !== undefined && { _requestId: redact(id) }),
    ...(request.step && { comment: request.step.response }),
  };
}

/** Chrome's field for why a request failed. */
function failureOf(failure: unknown, { request, marks }: Exchange) {
  if (failure !== undefined) return { _error: messageOf(failure, request) };
  return marks.end === undefined ? { _error: 'not ended when this was written' } : {};
}

const fields = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).map(([name, value]) => ({ name, value }));

function textOf(body: string | Uint8Array | AsyncIterable<Uint8Array>): string {
  if (typeof body === 'string') return body;
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : '';
}

/** A body without what is secret by its key or its look. Values that are known go later. */
function shownBody(text: string): string {
  const json = jsonOrUndefined(text);
  return json === undefined ? redact(text) : JSON.stringify(redactFields(json));
}

function eventFields(exchange: Exchange, known: KnownSecrets) {
  const { events, event_count, request, started_at } = exchange;
  if (event_count === 0 || request.step !== undefined) return {};
  const split = repeatsInPieces(exchange, known);
  return {
    _resourceType: 'eventsource',
    _eventSourceMessages: events.map(({ event, data = '', size, at, end }) => ({
      time: (started_at + at) / 1000,
      eventName: redact(event),
      eventId: '',
      data: split ? REDACTED : shownBody(data),
      _offset_ms: rounded(at),
      _offset_bytes: end,
      _size: size,
    })),
    ...(event_count > events.length && { _eventsLeftOut: event_count - events.length }),
  };
}

/** Whether the pieces of an answer make up a secret: the texts of its events, joined by their places. */
function repeatsInPieces({ events }: Exchange, known: KnownSecrets): boolean {
  const texts = new Map<string, string[]>();
  for (const event of events) collect(valueOf(event), '', texts);
  return [...texts.values()].some((pieces) => known.isIn(pieces.join('')));
}

const valueOf = ({ data = '' }: StreamEvent): unknown => jsonOrUndefined(data) ?? data;

function collect(value: unknown, place: string, texts: Map<string, string[]>): void {
  if (typeof value === 'string') {
    const pieces = texts.get(place);
    if (pieces === undefined) texts.set(place, [value]);
    else pieces.push(value);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) collect(one, `${place}/${key}`, texts);
  }
}
