import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { NetworkError, ProtocolError } from '../errors.ts';
import { BODY_CAP } from './body.ts';
import type { HttpResponse } from './message.ts';

/** Encodings on top of each other at most, as in curl. */
const MOST_ENCODINGS = 5;

/** How often an encoding may repeat its input when the output is longer than a body may be. */
const BOMB_RATIO = 100;

/** zstd exists from Node 22.15 on. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: () => Transform };

/**
 * Makes the decoder of an encoding (RFC 9110 §8.4.1). Each writes all that its input holds at once,
 * so that an event is not held back.
 * @param first the first byte of the encoded body
 * @returns undefined for a body that only its header calls encoded
 */
type MakeDecoder = (first: number) => Transform | undefined;

const gzip: MakeDecoder = (first) => (first === 0x1f ? zlib.createGunzip() : undefined);
const DECODERS = new Map<string, MakeDecoder>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  // The standard wants the zlib format (RFC 1950), whose first byte names the method 8. Some servers
  // send a raw stream (RFC 1951), which never begins so.
  ['deflate', (first) => ((first & 15) === 8 ? zlib.createInflate() : zlib.createInflateRaw())],
  ['br', () => zlib.createBrotliDecompress()],
]);
if (createZstdDecompress) DECODERS.set('zstd', () => createZstdDecompress());

/**
 * The same response with its body decoded, as it arrives.
 * @param encodings the outermost last, as in `Content-Encoding`
 * @throws ProtocolError `unexpected_encoding` for one that is not known. Its body throws also
 *   ProtocolError `malformed_encoding`, `body_too_large`, and NetworkError `connection_reset` for a
 *   body that ends early.
 */
export function decodeBody(response: HttpResponse, encodings: readonly string[]): HttpResponse {
  if (encodings.length > MOST_ENCODINGS) throw refusal(response, encodings.join(', '));
  let { body } = response;
  for (const name of encodings.toReversed()) {
    const make = DECODERS.get(name);
    if (make === undefined) throw refusal(response, name);
    body = decode(body, { name, make, response });
  }
  return { ...response, body };
}

interface Encoding {
  name: string;
  make: MakeDecoder;
  response: HttpResponse;
}

/** Reads no further than the caller, so that it can leave while the server is silent. */
async function* decode(
  body: AsyncIterable<Uint8Array>,
  { name, make, response: { host, status } }: Encoding,
): AsyncGenerator<Uint8Array> {
  let read = 0;
  let written = 0;
  let decoder: Decoder | undefined;
  try {
    for await (const bytes of body) {
      if (bytes.byteLength === 0) continue;
      if (read === 0) decoder = createDecoder(make(bytes[0] ?? 0));
      read += bytes.byteLength;
      if (decoder === undefined) {
        yield bytes;
        continue;
      }
      for await (const decoded of decoder.push(bytes)) {
        written += decoded.byteLength;
        if (written > BODY_CAP && written > BOMB_RATIO * read) {
          throw new ProtocolError(
            `${host} sent an answer that grows from ${read} to more than ${written} bytes`,
            { code: 'body_too_large', status, hint: 'Check that this is the address of an API.' },
          );
        }
        yield decoded;
      }
      if (decoder.ended) return;
    }
    if (decoder) yield* decoder.push();
  } catch (error) {
    throw described(error, name, host);
  } finally {
    decoder?.destroy();
  }
}

interface Decoder {
  /** Decodes these bytes, or ends the input: yields all that can be decoded now. */
  push: (bytes?: Uint8Array) => AsyncGenerator<Uint8Array>;
  /** Whether the encoded data ended. What follows is ignored. */
  readonly ended: boolean;
  destroy: () => void;
}

function createDecoder(stream: Transform | undefined): Decoder | undefined {
  if (stream === undefined) return undefined;
  let failure: Error | undefined;
  let ended = false;
  let wake = () => {};
  stream.on('readable', () => wake());
  stream.on('end', () => {
    ended = true;
    wake();
  });
  stream.on('error', (error) => {
    failure = error;
    wake();
  });

  return {
    get ended() {
      return ended;
    },
    async *push(bytes) {
      let consumed = false;
      if (bytes === undefined) stream.end();
      else {
        stream.write(bytes, () => {
          consumed = true;
          wake();
        });
      }
      for (;;) {
        const decoded = stream.read() as Uint8Array | null;
        if (decoded !== null) yield decoded;
        else if (failure) throw failure;
        else if (consumed || ended) return;
        else await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    destroy: () => void stream.destroy(),
  };
}

/** Names the failures of a decoder; all other errors come back unchanged. */
function described(error: unknown, name: string, host: string): unknown {
  const { code } = error as { code?: unknown };
  if (!(error instanceof Error) || !/^(Z|ERR_(BROTLI|_ERROR|ZSTD)|ZSTD)_/.test(String(code))) {
    return error;
  }
  if (code === 'Z_BUF_ERROR') {
    return new NetworkError(`${host} ended its answer early (${name})`, {
      code: 'connection_reset',
      hint: 'Try again. If it happens every time, a proxy on the way may cut long answers off.',
      cause: error,
    });
  }
  return new ProtocolError(`${host} sent a damaged answer: it is not ${name} (${String(code)})`, {
    code: 'malformed_encoding',
    hint: 'Try again. If it happens every time, tell the operator of the server.',
    cause: error,
  });
}

function refusal({ host, status }: HttpResponse, name: string): ProtocolError {
  const old = name === 'zstd' && createZstdDecompress === undefined;
  return new ProtocolError(`${host} sent an answer in the encoding "${name.slice(0, 60)}"`, {
    code: 'unexpected_encoding',
    status,
    hint: old
      ? 'This version of Node cannot decode zstd: use Node 22.15 or later.'
      : 'Ask the operator of the server, or of a proxy in between, to respect "Accept-Encoding: identity".',
  });
}
