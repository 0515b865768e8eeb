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
