import { expect, it } from 'vitest';
import { formatOf, peek } from '../../../src/core/chat/incoming.ts';

async function* inPieces(bytes: Uint8Array, cut: number): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, cut);
  yield bytes.subarray(cut);
}

it.each([
  ['an error', '{"error":{}}', 'json'],
  ['a page', '<!doctype html>', 'html'],
  ['an event', 'data: {}\n\n', 'events'],
])(
  'formatOf recognizes %s behind a byte order mark that arrives in two pieces',
  async (_, text, format) => {
    const bytes = Buffer.from(`\uFEFF${text}`);
    for (const cut of [0, 1, 2, 3]) {
      const head = { host: 'api.example', status: 200, headers: {}, body: inPieces(bytes, cut) };
      const { first, response } = await peek(head);
      // The other type than that of the text: only the bytes can tell.
      const mislabeled = format === 'events' ? 'application/json' : 'text/event-stream';
      expect(formatOf(mislabeled, first), `cut at ${cut}`).toBe(format);
      const parts: Uint8Array[] = [];
      for await (const part of response.body) parts.push(part);
      expect(Buffer.concat(parts)).toEqual(bytes);
    }
  },
);
