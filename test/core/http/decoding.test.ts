import type { Transform } from 'node:stream';
import * as zlib from 'node:zlib';
import { expect, test } from 'vitest';
import { readText } from '../../../src/core/http/body.ts';
import { createTransport } from '../../../src/core/http/transport.ts';
import { type Loopback, loopback } from '../../helpers/loopback.ts';

const get = (url: string) => ({ method: 'GET' as const, url, headers: {} });
const TEXT = JSON.stringify({ text: 'größe '.repeat(4000), id: 7 });
const PLAIN = Buffer.from(TEXT);

const { createZstdCompress, zstdCompressSync } = zlib as {
  createZstdCompress?: () => Transform;
  zstdCompressSync?: (bytes: Uint8Array) => Buffer;
};

/** Answers everything with these bytes under this header, in two parts. */
function answering(encoding: string | string[], bytes: Uint8Array): Promise<Loopback> {
  return loopback((_, response) => {
    response.setHeader('content-encoding', encoding);
    response.write(bytes.subarray(0, 1));
    response.end(bytes.subarray(1));
  });
}

async function textOf(encoding: string | string[], bytes: Uint8Array): Promise<string> {
  await using server = await answering(encoding, bytes);
  return await readText(await createTransport()(get(server.url)));
}

test.each<[encoding: string | string[], bytes: Buffer]>([
  ['gzip', zlib.gzipSync(PLAIN)],
  ['GZip', zlib.gzipSync(PLAIN)],
  ['x-gzip', zlib.gzipSync(PLAIN)],
  ['"gzip"', zlib.gzipSync(PLAIN)],
  ['gzip', Buffer.concat([zlib.gzipSync(PLAIN.subarray(0, 9)), zlib.gzipSync(PLAIN.subarray(9))])],
  ['deflate', zlib.deflateSync(PLAIN)],
  ['deflate', zlib.deflateSync(PLAIN, { windowBits: 9, level: 0 })],
  ['deflate', zlib.deflateRawSync(PLAIN)],
  ['deflate', zlib.deflateRawSync(PLAIN, { level: 0 })],
  ['br', zlib.brotliCompressSync(PLAIN)],
  ['gzip, br', zlib.brotliCompressSync(zlib.gzipSync(PLAIN))],
  [['deflate', 'gzip'], zlib.gzipSync(zlib.deflateSync(PLAIN))],
  ['identity, gzip, ', zlib.gzipSync(PLAIN)],
  // Only the header says so: a proxy decoded the body and left the header.
  ['gzip', PLAIN],
  ...['', 'identity', 'none', 'None', 'utf-8', 'UTF8', 'binary', 'chunked', 'application/json'].map(
    (name): [string, Buffer] => [name, PLAIN],
  ),
])('an answer in the encoding %j is decoded', async (encoding, bytes) => {
  expect(await textOf(encoding, bytes)).toBe(TEXT);
});

test('an answer in the encoding zstd is decoded where Node can, and else names the version', async () => {
  const text = textOf('zstd', zstdCompressSync?.(PLAIN) ?? PLAIN);
  if (zstdCompressSync) expect(await text).toBe(TEXT);
  else await expect(text).rejects.toMatchObject({ hint: expect.stringContaining('Node 22.15') });
});

test.each(['gzip', 'deflate', 'br'])('an empty answer in %s is empty', async (encoding) => {
  expect(await textOf(encoding, Buffer.alloc(0))).toBe('');
});

test.each([
  ['compress', PLAIN, 'protocol', 'unexpected_encoding', /"compress"$/],
  ['gzip, rot13', PLAIN, 'protocol', 'unexpected_encoding', /"rot13"$/],
  ['constructor', PLAIN, 'protocol', 'unexpected_encoding', /"constructor"$/],
  ['gzip,'.repeat(6), PLAIN, 'protocol', 'unexpected_encoding', /gzip, gzip/],
  ['gzip', zlib.gzipSync(PLAIN).subarray(0, -1), 'network', 'connection_reset', /early \(gzip\)$/],
  ['gzip', zlib.gzipSync(PLAIN).subarray(0, 5), 'network', 'connection_reset', /early \(gzip\)$/],
  ['deflate', zlib.deflateSync(PLAIN).subarray(0, 40), 'network', 'connection_reset', /early/],
  ['br', zlib.brotliCompressSync(PLAIN).subarray(0, 40), 'network', 'connection_reset', /early/],
  ['br', PLAIN, 'protocol', 'malformed_encoding', /it is not br \(/],
  ['deflate', Buffer.from('\xff\xff\xff'), 'protocol', 'malformed_encoding', /not deflate/],
  ['gzip', Buffer.from('\x1f{"a":1}', 'latin1'), 'protocol', 'malformed_encoding', /not gzip/],
])('an answer in the encoding %j with wrong bytes fails', async (...row) => {
  const [encoding, bytes, kind, code, message] = row;
  const failure = textOf(encoding, bytes);
  await expect(failure).rejects.toMatchObject({ kind, code });
  await expect(failure).rejects.toThrow(message);
});

test('a small answer that grows to more than 32 MiB is refused, also when nothing keeps it', async () => {
  const zeros = Buffer.alloc(64 * 1024 * 1024);
  const members = zlib.gzipSync('');
  const bombs: [string, Buffer][] = [
    ['gzip', zlib.gzipSync(zeros)],
    [
      'br',
      zlib.brotliCompressSync(zeros, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
    ],
    ['gzip, gzip', zlib.gzipSync(zlib.gzipSync(zeros))],
    // The outer encoding grows to 48 MiB of members that hold nothing.
    ['gzip, gzip', zlib.gzipSync(Buffer.alloc(48 * 1024 * 1024, members))],
  ];
  for (const [encoding, bytes] of bombs) {
    await using server = await answering(encoding, bytes);
    const drain = async () => {
      for await (const _ of (await createTransport()(get(server.url))).body);
    };
    await expect(drain()).rejects.toMatchObject({ code: 'body_too_large' });
  }
});

test.each<[string, (() => Transform) | undefined]>([
  ['gzip', () => zlib.createGzip()],
  ['deflate', () => zlib.createDeflate()],
  ['br', () => zlib.createBrotliCompress()],
  ['zstd', createZstdCompress],
])('an event in %s arrives before the next one is sent', async (encoding, create) => {
  if (create === undefined) return;
  const next: (() => void)[] = [];
  await using server = await loopback(async (_, response) => {
    response.setHeader('content-encoding', encoding);
    const encoder = create() as zlib.Gzip;
    encoder.pipe(response);
    for (let count = 1; count <= 3; count += 1) {
      encoder.write(`data: ${count}\n\n`);
      encoder.flush();
      await new Promise<void>((resolve) => next.push(resolve));
    }
    encoder.end();
  });
  const events: string[] = [];
  for await (const bytes of (await createTransport()(get(server.url))).body) {
    events.push(Buffer.from(bytes).toString());
    next.shift()?.();
  }
  expect(events).toEqual(['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']);
});

test('a connection is kept after a compressed answer that was read to its end, and closed after any other', async () => {
  let connections = 0;
  await using server = await answering('gzip', zlib.gzipSync(Buffer.alloc(1_000_000, TEXT)));
  server.server.on('connection', () => (connections += 1));
  const send = createTransport();
  await readText(await send(get(server.url)));
  await readText(await send(get(server.url)));
  expect(connections).toBe(1);
  server.server.removeAllListeners('request');
  const left = new Promise((resolve) => {
    server.server.on('request', (request, response) => {
      request.socket.once('close', resolve);
      response.setHeader('content-encoding', 'gzip');
      response.write(zlib.gzipSync(PLAIN));
    });
  });
  for await (const _ of (await send(get(server.url))).body) break;
  await left;
});
