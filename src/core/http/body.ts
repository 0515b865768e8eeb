import { ProtocolError, QwenDemoError } from '../errors.ts';
import type { HttpResponse } from './message.ts';
import type { BodyLimit } from './timeouts.ts';

/** Bytes of one body at most, and of an answer unless the user sets another number. */
export const BODY_CAP = 32 * 1024 * 1024;

/**
 * Reads a body to its end as UTF-8.
 * @param cap in bytes
 * @throws ProtocolError `body_too_large` for more than `cap` bytes
 * @throws the errors of {@link HttpResponse.body}
 */
export async function readText(response: HttpResponse, cap = BODY_CAP): Promise<string> {
  const { text, complete } = await readBeginning(response, cap);
  if (!complete) throw bodyTooLarge(response, cap);
  return text;
}

/** The error for a body of more than `cap` bytes. */
export function bodyTooLarge({ host, status }: HttpResponse, cap: number): ProtocolError {
  return new ProtocolError(`${host} sent more than ${cap} bytes`, {
    code: 'body_too_large',
    status,
    hint: 'Check that this is the address of an API.',
  });
}

/**
 * Reads a body as UTF-8, `cap` bytes of it at most and a piece of the network. `complete` tells whether
 * that is all of it.
 * @param onBytes called with the bytes so far
 * @throws the errors of {@link HttpResponse.body}
 */
export async function readBeginning(
  response: HttpResponse,
  cap: number,
  onBytes?: (size: number) => void,
): Promise<{ text: string; complete: boolean }> {
  const decode = createUtf8Decoder();
  let text = '';
  let size = 0;
  for await (const bytes of response.body) {
    size += bytes.byteLength;
    onBytes?.(size);
    text += decode(bytes);
    if (size > cap) return { text, complete: false };
  }
  return { text: text + decode(), complete: true };
}

/** Bytes of a refusal that are read at most. */
const REFUSAL_CAP = 1024 * 1024;

/**
 * Reads the beginning of a body that explains a refusal, as UTF-8. The head has said what counts, so
 * that the text may be cut off, stop or have no end.
 * @throws the reason of the signal
 */
export async function readRefusal(response: HttpResponse): Promise<string> {
  const decode = createUtf8Decoder();
  let text = '';
  let size = 0;
  try {
    for await (const bytes of response.body) {
      text += decode(bytes);
      size += bytes.byteLength;
      if (size > REFUSAL_CAP) break;
    }
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
  }
  return text;
}

/** A response with the same head and `text` as its body. */
export function withText(response: HttpResponse, text: string): HttpResponse {
  return { ...response, body: once(text) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}

/** What watches over the reading of a body. */
export interface Reading {
  limit: BodyLimit;
  /** Why the body ended early, if it did. */
  broken: () => Error | undefined;
  described: (error: unknown) => unknown;
}

/**
 * The pieces of a body as they come, all that arrived before a failure.
 * @throws the errors of {@link Reading.described}
 */
export async function* readBody(
  body: AsyncIterable<Uint8Array>,
  { limit, broken, described }: Reading,
): AsyncGenerator<Uint8Array> {
  try {
    limit.wait();
    for await (const bytes of body) {
      limit.arrived();
      yield bytes;
      limit.wait();
    }
    const error = broken();
    if (error) throw error;
  } catch (error) {
    throw described(error);
  } finally {
    limit.end();
  }
}

/**
 * Creates a decoder for a stream of UTF-8 ("UTF-8 decode", WHATWG Encoding Standard §6): it drops one
 * byte order mark at the start and replaces invalid bytes by U+FFFD. Call it with each chunk, and
 * without bytes at the end of the stream.
 *
 * `TextDecoder` of Node 24 and 26 also drops a second byte order mark when a chunk ends within the
 * first one; that of Node 20 and 22 does not. Therefore the decoder keeps the mark and this drops it.
 */
export function createUtf8Decoder(): (bytes?: Uint8Array) => string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let started = false;
  return (bytes) => {
    const text = bytes === undefined ? decoder.decode() : decoder.decode(bytes, { stream: true });
    if (started || text === '') return text;
    started = true;
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  };
}
