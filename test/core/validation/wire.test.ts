import { createParser } from 'eventsource-parser';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HttpResponse } from '../../../src/core/http/message.ts';
import {
  createWireRecorder,
  wireDocument,
  wireEvents,
  type WireExchange,
} from '../../../src/core/validation/wire.ts';
import { FakeClock } from '../../helpers/fake-clock.ts';

function exchangeOf(...parts: Uint8Array[]): WireExchange {
  const chunks = parts.map((bytes, index) => ({ at_ms: index, bytes }));
  return { request: { url: 'http://127.0.0.1/' }, status: 200, headers: {}, chunks };
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

it('the recorder keeps the head, the reads in order and their times', async () => {
  const clock = new FakeClock();
  const recorder = createWireRecorder(clock);
  expect(recorder.exchange()).toBeUndefined();
  const send = recorder.wrap(async (): Promise<HttpResponse> => {
    async function* body() {
      for (const text of ['{"a"', ':1}']) {
        clock.advance(10);
        yield bytesOf(text);
      }
    }
    return { status: 200, headers: { 'x-a': 'b' }, host: 'h', body: body() };
  });
  const request = { method: 'POST', url: 'http://127.0.0.1/', headers: {}, body: '{}' } as const;
  const read: number[] = [];
  for await (const { byteLength } of (await send(request)).body) read.push(byteLength);
  expect(read).toEqual([4, 3]);
  const exchange = recorder.exchange();
  expect(exchange).toMatchObject({
    request: { url: 'http://127.0.0.1/', body: '{}' },
    headers: { 'x-a': 'b' },
    chunks: [{ at_ms: 10 }, { at_ms: 20 }],
  });
  expect(exchange && wireDocument(exchange)).toEqual({ a: 1 });
});

const line = fc.constantFrom('data: é', 'data:{"a":1}', 'data', ': x', 'event: y', '', '');
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 20 })
  .map((lines) => bytesOf(lines.map((pair) => pair.join('')).join('')));

it('the events of a body are those of an independent parser, wherever the reads cut it', () => {
  fc.assert(
    fc.property(stream, fc.nat(), (bytes, at) => {
      const cut = bytes.length === 0 ? 0 : at % bytes.length;
      const expected: string[] = [];
      const parser = createParser({ onEvent: ({ data }) => expected.push(data) });
      parser.feed(new TextDecoder().decode(bytes));
      const events = wireEvents(exchangeOf(bytes.subarray(0, cut), bytes.subarray(cut)));
      expect(events.map(({ data }) => data)).toEqual(expected);
    }),
    { numRuns: 300 },
  );
});
