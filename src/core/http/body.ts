import { ProtocolError } from '../errors.ts';
import type { HttpResponse } from './message.ts';
import { createUtf8Decoder } from './utf8.ts';

/** Bytes of one body at most. */
export const BODY_CAP = 32 * 1024 * 1024;

/**
 * Reads a body to its end as UTF-8.
 * @param cap in bytes
 * @throws ProtocolError `body_too_large` for more than `cap` bytes
 * @throws the errors of {@link HttpResponse.body}
 */
export async function readText(response: HttpResponse, cap = BODY_CAP): Promise<string> {
  const decode = createUtf8Decoder();
  let text = '';
  let size = 0;
  for await (const bytes of response.body) {
    size += bytes.byteLength;
    if (size > cap) {
      throw new ProtocolError(`${response.host} sent more than ${cap} bytes`, {
        code: 'body_too_large',
        status: response.status,
        hint: 'Check that this is the address of an API.',
      });
    }
    text += decode(bytes);
  }
  return text + decode();
}

/** A response with the same head and `text` as its body. */
export function withText(response: HttpResponse, text: string): HttpResponse {
  return { ...response, body: once(text) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
