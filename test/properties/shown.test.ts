import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Exchange } from '../../src/commands/trace/exchange.ts';
import { harEntry } from '../../src/commands/trace/har.ts';
import { KnownSecrets } from '../../src/core/known-secrets.ts';
import { createSanitizer, sanitize } from '../../src/terminal/sanitize.ts';
import { LIMIT, PARAMETERS, status, survives, textOf } from '../helpers/fuzz.ts';
import { oddHeader, oddJson } from '../helpers/odd-values.ts';
import { harFaults } from '../helpers/traced.ts';

describe('what is shown or written', () => {
  const KEY = 'key+0123/56789=abc';

  test(
    'a HAR entry of odd values conforms to the schema and holds no secret',
    () => {
      const known = new KnownSecrets();
      known.add(KEY);
      const places = fc.record({
        text: fc.oneof(textOf('chat'), oddJson, fc.string({ unit: 'binary' })),
        datas: fc.array(fc.oneof(textOf('chunk'), oddJson), { maxLength: 3 }),
        header: oddHeader,
        path: fc.webPath(),
        query: fc.webQueryParameters(),
        status,
        marks: fc.record({
          open: fc.double({ min: 0, max: 9, noNaN: true }),
          head: fc.double({ min: 0, max: 9, noNaN: true }),
          end: fc.option(fc.double({ min: 0, max: 9, noNaN: true }), { nil: undefined }),
        }),
        split: fc.nat({ max: KEY.length }),
      });
      return fc.assert(
        fc.asyncProperty(places, (odd) =>
          survives(() => {
            const pieces = [KEY.slice(0, odd.split), KEY.slice(odd.split)];
            const datas = [
              ...odd.datas,
              ...pieces.map((content) => JSON.stringify({ choices: [{ delta: { content } }] })),
            ];
            const entry = harEntry(exchangeOf({ ...odd, datas }, KEY), known, 10);
            const json = JSON.stringify(entry);
            expect(harFaults('entry', JSON.parse(json))).toEqual([]);
            expect(known.isIn(json)).toBe(false);
            expect(known.isIn(contentOf(entry))).toBe(false);
          }),
        ),
        PARAMETERS,
      );
    },
    LIMIT,
  );

  test(
    'text is safe for a terminal, and the same however it is cut',
    () => {
      const escape = fc.constantFrom('\x1b', '\x9b', '\x1b[', '\x1b]0;', '\x07', '\x9c', 'm', '\r');
      const text = fc
        .array(fc.oneof(escape, fc.string({ unit: 'binary', maxLength: 6 })), { maxLength: 40 })
        .map((parts) => parts.join(''));
      return fc.assert(
        fc.asyncProperty(text, fc.nat(), (text, at) =>
          survives(() => {
            const safe = sanitize(text);
            expect(safe).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f]|[\u202a-\u202e\u2066-\u2069]/);
            const cut = text.length === 0 ? 0 : at % text.length;
            const sanitizer = createSanitizer();
            const shown = sanitizer.write(text.slice(0, cut)) + sanitizer.write(text.slice(cut));
            expect(shown + sanitizer.end()).toBe(safe);
            expect(sanitize(safe)).toBe(safe);
          }),
        ),
        PARAMETERS,
      );
    },
    LIMIT,
  );
});

interface OddExchange {
  text: string;
  datas: readonly string[];
  header: string;
  path: string;
  query: string;
  status: number;
  marks: { open: number; head: number; end: number | undefined };
}

/** An exchange that repeats a key wherever a server can. */
function exchangeOf(odd: OddExchange, key: string): Exchange {
  const { end, ...marks } = odd.marks;
  return {
    number: 1,
    request: {
      method: 'POST',
      url: `https://api.example.com${odd.path}?${odd.query}&token=${encodeURIComponent(key)}`,
      headers: { authorization: `Bearer ${key}`, 'content-type': odd.header },
      body: `${odd.text}${key}`,
    },
    started_at: 0,
    start: 0,
    marks: { ...marks, ...(end !== undefined && { end }) },
    connection: { address: '127.0.0.1', port: 1 },
    response: {
      status: odd.status,
      status_text: key,
      headers: { 'content-type': odd.header, 'x-request-id': key },
      body: (async function* () {})(),
      host: 'api.example.com',
    },
    received: 1,
    decoded: 2,
    text: `${odd.text} ${encodeURIComponent(key)} ${Buffer.from(`x${key}`).toString('base64')}`,
    events: odd.datas.map((data) => ({ event: 'message', data, size: 1, at: 0, end: 0 })),
    event_count: odd.datas.length,
    failure: new Error(key),
  };
}

/** The text of an answer, as a reader of the file can put it together. */
function contentOf(entry: object): string {
  const { _eventSourceMessages: messages = [] } = entry as {
    _eventSourceMessages?: { data: string }[];
  };
  return messages.map(({ data }) => /"content":"([^"]*)"/.exec(data)?.[1] ?? '').join('');
}
