/**
 * Decodes a stream of bytes piece by piece as UTF-8, as "UTF-8 decode" of the WHATWG Encoding Standard
 * §6 does: one byte order mark at the start is dropped, and U+FFFD stands where the bytes are not
 * UTF-8. Call it without bytes at the end of the stream.
 *
 * `TextDecoder` of Node 24 and 26 drops a second byte order mark too when a piece ends within the
 * first one; that of Node 20 and 22 does not. So the decoder keeps the mark, and it is dropped here.
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
