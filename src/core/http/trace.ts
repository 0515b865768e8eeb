import type { HttpRequest, HttpResponse } from './message.ts';
import { redact, redactHeaders, secretsOf } from '../redaction.ts';

/** An event of an exchange for `--debug`. Bodies are never shown. */
export type TraceEvent =
  | { type: 'request'; request: HttpRequest }
  | { type: 'response'; request: HttpRequest; response: HttpResponse }
  | { type: 'end'; request: HttpRequest; bytes: number }
  | { type: 'failure'; request: HttpRequest; failure: unknown };

/** Receives the events of all exchanges. */
export type Trace = (event: TraceEvent) => void;

/** The lines of an event in the format of `curl -v`, without secrets. */
export function describeTrace(event: TraceEvent): string[] {
  const { method, url, headers, secret_headers, body } = event.request;
  const known = secretsOf(event.request);
  switch (event.type) {
    case 'request':
      return [
        `> ${method} ${withoutQuery(url)}`,
        ...Object.entries(redactHeaders(headers, [], secret_headers)).map(
          ([name, value]) => `> ${name}: ${value}`,
        ),
        ...(body === undefined ? [] : [`> (${sizeOf(body)})`]),
      ];
    case 'response':
      return [
        `< ${event.response.status} ${method} ${withoutQuery(url)}`,
        ...Object.entries(redactHeaders(event.response.headers, known)).map(
          ([name, value]) => `< ${name}: ${value}`,
        ),
      ];
    case 'end':
      return [`< (${event.bytes} bytes)`];
    case 'failure':
      return [
        `* ${method} ${withoutQuery(url)} failed: ${redact(
          event.failure instanceof Error ? event.failure.message : String(event.failure),
          known,
        )}`,
      ];
  }
}

function sizeOf(body: NonNullable<HttpRequest['body']>): string {
  if (typeof body === 'string') return `${new TextEncoder().encode(body).byteLength} bytes`;
  return body instanceof Uint8Array ? `${body.byteLength} bytes` : 'a stream';
}

function withoutQuery(url: string): string {
  const parsed = new URL(url);
  return parsed.origin + parsed.pathname + (parsed.search === '' ? '' : '?…');
}
