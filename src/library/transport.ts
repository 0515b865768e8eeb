import type { HttpRequest, HttpResponse, Send } from '../core/http/message.ts';
import { createTransport } from '../core/http/transport.ts';

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

/** A function like `fetch`: `fetch` itself, undici's, or one of your own. */
export type FetchLike = (url: string, init: FetchInit) => Promise<FetchResponse>;

/** The transport of the library: that of the program (undici, with time-outs), or a function like `fetch`. */
export function sendOf(transport: FetchLike | undefined): Send {
  if (transport === undefined) return createTransport();
  return async ({ method, url, headers, body, signal }: HttpRequest): Promise<HttpResponse> => {
    const response = await transport(url, {
      method,
      headers: { ...headers },
      ...(typeof body === 'string' && { body }),
      ...(signal && { signal }),
      redirect: 'manual',
    });
    const received: Record<string, string> = {};
    response.headers.forEach((value, name) => (received[name.toLowerCase()] = value));
    return {
      status: response.status,
      headers: received,
      body: partsOf(response.body),
      host: new URL(url).host,
    };
  };
}

async function* partsOf(body: FetchResponse['body']): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body as AsyncIterable<Uint8Array>;
}
