import type { HttpRequest } from '../../core/http/message.ts';
import { redact, redactHeaders, redactUrl, secretsOf } from '../../core/redaction.ts';
import type { Watcher } from './exchange.ts';

/** Shows exchanges in the format of `curl -v`, without bodies and secrets. */
export function debugLines(show: (lines: readonly string[]) => void): Watcher {
  return {
    begin({ request }) {
      const { headers, secret_headers, body } = request;
      show([
        `> ${nameOf(request)}`,
        ...Object.entries(redactHeaders(headers, [], secret_headers)).map(
          ([name, value]) => `> ${name}: ${value}`,
        ),
        ...(body === undefined ? [] : [`> (${describeSize(body)})`]),
      ]);
    },
    head({ request, response }) {
      if (response === undefined) return;
      show([
        `< ${response.status} ${nameOf(request)}`,
        ...Object.entries(redactHeaders(response.headers, secretsOf(request))).map(
          ([name, value]) => `< ${name}: ${value}`,
        ),
      ]);
    },
    end({ request, response, received, failure }) {
      if (response !== undefined) show([`< (${received} bytes)`]);
      if (failure !== undefined) {
        show([`* ${nameOf(request)} failed: ${messageOf(failure, request)}`]);
      }
    },
  };
}

const nameOf = ({ method, url }: HttpRequest) => `${method} ${redactUrl(url)}`;

/** Why an exchange failed, without its secrets. */
export function messageOf(failure: unknown, request: HttpRequest): string {
  const message = failure instanceof Error ? failure.message : String(failure);
  return redact(message, secretsOf(request));
}

/** Bytes of the body of a request; undefined for one that streams. */
export function sizeOf(body: HttpRequest['body']): number | undefined {
  if (body === undefined) return 0;
  if (typeof body === 'string') return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : undefined;
}

function describeSize(body: NonNullable<HttpRequest['body']>): string {
  const size = sizeOf(body);
  return size === undefined ? 'a stream' : `${size} bytes`;
}
