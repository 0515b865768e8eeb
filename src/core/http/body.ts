import { ProtocolError } from '../errors.ts';
import type { HttpResponse } from './message.ts';
import { createUtf8Decoder } from './utf8.ts';

/** What one answer may hold, in bytes. */
export const BODY_CAP = 32 * 1024 * 1024;

/**
 * Reads a body to its end as UTF-8.
 * @throws ProtocolError `body_too_large` over `cap` bytes; NetworkError when the connection breaks
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
        hint: 'Check that the address is that of an API.',
      });
    }
    text += decode(bytes);
  }
  return text + decode();
}

/** The same head with a body that is already here. */
export function withText(response: HttpResponse, text: string): HttpResponse {
  return { ...response, body: once(text) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
