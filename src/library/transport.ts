import { UsageError } from '../core/errors.ts';
import { describeFailure } from '../core/http/failure.ts';
import type { HttpRequest, HttpResponse, Send } from '../core/http/message.ts';
import { isRedirect, redirectRefused, unchangedTarget } from '../core/http/redirect.ts';
import { createTransport } from '../core/http/transport.ts';
import { secretsOf } from '../core/redaction.ts';

/** What a {@link FetchLike} gets besides the URL. */
export interface FetchInit {
  method: string;
  headers: Record<string, string>;
  body?: string;
  signal?: AbortSignal;
  /** No redirect is followed: a token must not go to another host. */
  redirect: 'manual';
}

/** What a {@link FetchLike} resolves to: the part of `Response` that is read. */
export interface FetchResponse {
  status: number;
  headers: { forEach(each: (value: string, name: string) => void): void };
  body: AsyncIterable<Uint8Array> | ReadableStream<Uint8Array> | null;
}

/**
 * A function like `fetch`: `fetch` itself, undici's, or one of your own. A failure of the network that it
 * rejects with becomes a NetworkError, with that error as its `cause`; what it resolves to and is no
 * response gives a UsageError `invalid_transport`.
 */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchResponse>;

/**
 * The transport of the library: that of the program (undici, with time-outs), or a function like `fetch`.
 * @throws UsageError `invalid_transport` for what is no function
 */
export function sendOf(transport: FetchLike | undefined): Send {
  if (transport === undefined) return createTransport();
  if (typeof transport !== 'function') throw invalidTransport('transport is not a function');
  return async (request) => {
    const url = new URL(request.url);
    const first = await exchange(transport, url, request);
    if (!isRedirect(first)) return first;
    const target = request.follow === true ? unchangedTarget(first, url) : undefined;
    if (target === undefined) throw redirectRefused(first, url, secretsOf(request));
    const second = await exchange(transport, new URL(target), request);
    if (!isRedirect(second)) return second;
    throw redirectRefused(second, url, secretsOf(request));
  };
}

async function exchange(
  transport: FetchLike,
  { href, host }: URL,
  { method, headers, body, signal }: HttpRequest,
): Promise<HttpResponse> {
  const failure = (error: unknown) => describeFailure(error, { name: host }, signal);
  try {
    const response = checkResponse(
      await transport(href, {
        method,
        headers: { ...headers },
        ...(typeof body === 'string' && { body }),
        ...(signal && { signal }),
        redirect: 'manual',
      }),
    );
    const received: Record<string, string> = {};
    response.headers.forEach((value, name) => (received[name.toLowerCase()] = value));
    const head = { status: response.status, headers: received, host };
    if (isRedirect(head)) void end(response.body).catch(() => {});
    return { ...head, body: partsOf(response, failure) };
  } catch (error) {
    throw failure(error);
  }
}

/** A transport of a program that has no types can resolve to anything. */
function checkResponse(response: FetchResponse): FetchResponse {
  const { status, headers, body } = (response ?? {}) as Partial<FetchResponse>;
  if (!Number.isInteger(status)) throw invalidTransport('The transport resolved to no response');
  if (typeof headers?.forEach !== 'function') {
    throw invalidTransport('The transport resolved to a response without Headers');
  }
  const isStream = typeof body === 'object' && (body === null || Symbol.asyncIterator in body);
  if (!isStream)
    throw invalidTransport('The transport resolved to a response whose body is no stream');
  return response;
}

function invalidTransport(message: string): UsageError {
  return new UsageError(message, {
    code: 'invalid_transport',
    hint: 'Give it a function like fetch, which resolves to a Response.',
  });
}

/** Ends a body that is not read, also when it never sends a byte, so that its connection is free again. */
async function end(
  body: (FetchResponse['body'] & { destroy?: () => unknown }) | null,
): Promise<void> {
  if (body === null) return;
  if ('cancel' in body) return body.cancel();
  if (body.destroy) {
    // A stream of Node, whose iterator ends nothing before its first step.
    body.destroy();
    return;
  }
  const iterator = body[Symbol.asyncIterator]();
  void iterator.next().catch(() => {});
  await iterator.return?.();
}

async function* partsOf(
  { body }: FetchResponse,
  failure: (error: unknown) => unknown,
): AsyncGenerator<Uint8Array> {
  try {
    if (body !== null) yield* body as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw failure(error);
  }
}
