import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEventStreamParser, type ServerSentEvent } from '../../../src/core/chat/sse.ts';
import { ProtocolError } from '../../../src/core/errors.ts';
import { eventsByTheStandard } from '../../helpers/event-stream-reference.ts';

const encoder = new TextEncoder();

function parse(pieces: Uint8Array[]): ServerSentEvent[] {
  const parser = createEventStreamParser('api.example');
  return pieces.flatMap((piece) => parser.push(piece));
}

function message(...data: string[]): ServerSentEvent[] {
  return data.map((text) => ({ event: 'message', data: text }));
}

// WHATWG HTML Standard, sections 9.2.5 and 9.2.6.
const cases: [rule: string, stream: string, events: ServerSentEvent[]][] = [
  [
    'the stock ticker: data of one event spans three lines',
    'data: YHOO\ndata: +2\ndata: 10\n\n',
    message('YHOO\n+2\n10'),
  ],
  [
    'four blocks: a comment alone, an id, an id without value, one leading space too many',
    ': test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n',
    message('first event', 'second event', ' third event'),
  ],
  [
    'data without a colon is an empty line of data, and the last block is discarded',
    'data\n\ndata\ndata\n\ndata:',
    message('', '\n'),
  ],
  ['the space after the colon is optional', 'data:test\n\ndata: test\n\n', message('test', 'test')],
  ['one leading space is removed, and only one', 'data:   x\n\n', message('  x')],
  ['a tab is no space', 'data:\tx\n\n', message('\tx')],
  ['a line may end with CR', 'data: a\rdata: b\r\r', message('a\nb')],
  ['a line may end with LF', 'data: a\ndata: b\n\n', message('a\nb')],
  ['a line may end with CRLF', 'data: a\r\ndata: b\r\n\r\n', message('a\nb')],
  ['line ends may be mixed', 'data: a\rdata: b\ndata: c\r\n\ndata: d\n\r', message('a\nb\nc', 'd')],
  ['CRLF is one line end and no blank line', 'data: a\r\ndata: b\r\n\r\n', message('a\nb')],
  ['LF CR is two line ends', 'data: a\n\rdata: b\n\n', message('a', 'b')],
  ['one leading byte order mark is ignored', '\ufeffdata: a\n\n', message('a')],
  ['a second byte order mark belongs to the field name', '\ufeff\ufeffdata: a\n\n', []],
  ['a later byte order mark is text', 'data: \ufeffa\n\n', message('\ufeffa')],
  ['the text "ï»¿" is no byte order mark', 'ï»¿data: a\n\ndata: b\n\n', message('b')],
  ['a line that begins with a colon is ignored', ':\n: ping\ndata: a\n:data: b\n\n', message('a')],
  ['a block of comments alone is no event', ': ping\n\n: ping\n\n', []],
  ['the event field names the event', 'event: error\ndata: a\n\n', [{ event: 'error', data: 'a' }]],
  ['the last event field counts', 'event: a\nevent: b\ndata: c\n\n', [{ event: 'b', data: 'c' }]],
  ['an empty event field means message', 'event: a\nevent\ndata: b\n\n', message('b')],
  ['a name does not outlast its block, even without data', 'event: a\n\ndata: b\n\n', message('b')],
  ['an event without data is not dispatched', 'event: a\nid: 1\nretry: 2\n\n', []],
  ['data may be empty', 'data:\n\ndata: \n\n', message('', '')],
  ['field names are compared exactly', 'Data: a\n data: b\ndata : c\nDATA:d\n\n', []],
  ['unknown fields are ignored', 'foo: bar\nretry: soon\ndata: a\n\n', message('a')],
  [
    'the field error of llama.cpp is an event of its own',
    'error: boom\ndata: a\n\n',
    [{ event: 'error', data: 'boom' }, ...message('a')],
  ],
  ['an id with NUL is ignored and its event is not', 'id: \0\ndata: a\n\n', message('a')],
  ['NUL is text within data', 'data: a\0b\n\n', message('a\0b')],
  ['a colon within the value stays', 'data: a: b:c\n\n', message('a: b:c')],
  ['an unterminated last block is discarded', 'data: a\n\ndata: b\n', message('a')],
  ['an unterminated last line is discarded', 'data: a\n\ndata: b', message('a')],
  ['an end after a single CR still ends the line', 'data: a\n\r', message('a')],
  ['characters of two, three and four bytes are kept', 'data: é汉😀\n\n', message('é汉😀')],
  ['U+2028 and U+0085 end no line', 'data: a\u2028b\u0085c\n\n', message('a\u2028b\u0085c')],
];

describe('an event stream', () => {
  it.each(cases)('in an event stream, %s', (_rule, stream, events) => {
    expect(parse([encoder.encode(stream)])).toEqual(events);
  });

  it.each(cases)('in an event stream that is cut at any byte, %s', (_rule, stream, events) => {
    const bytes = encoder.encode(stream);
    for (let at = 0; at <= bytes.length; at += 1) {
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(events);
    }
    expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(events);
  });

  it('has U+FFFD in place of bytes that are not UTF-8', () => {
    const bytes = Uint8Array.of(...encoder.encode('data: a'), 0xff, 0xc3, 0x0a, 0x0a);
    expect(parse([bytes])).toEqual(message('a\ufffd\ufffd'));
  });

  it('returns an event with the CR that ends it, before the next bytes arrive', () => {
    const parser = createEventStreamParser('api.example');
    expect(parser.push(encoder.encode('data: a\r\n\r'))).toEqual(message('a'));
    expect(parser.push(encoder.encode('\ndata: b\r\r'))).toEqual(message('b'));
  });

  it.each([
    ['data: a', message('a')],
    ['data: a\n', message('a')],
    ['data: a\n\n', []],
    [': ping', []],
  ])('has a last event at its end if no blank line came: %j', (text, events) => {
    const parser = createEventStreamParser('api.example');
    parser.push(encoder.encode(text));
    expect(parser.end()).toEqual(events);
  });

  it('tells about how many characters are held, until an event or an empty line comes', () => {
    const parser = createEventStreamParser('api.example');
    const held = ['data: ab', 'c\n', '\n', ': ping\n', '\n', 'id: 7\n\nda', 'ta: a\n\n'].map(
      (text) => {
        parser.push(encoder.encode(text));
        return parser.pending;
      },
    );
    expect(held).toEqual([9, 11, 0, 8, 1, 3, 0]);
  });

  it('is not changed by an empty piece between a CR and its LF', () => {
    const pieces = ['\ndata\r', '', '\n'].map((text) => encoder.encode(text));
    expect(parse(pieces)).toEqual([]);
  });

  it('gives the events of the reference for any bytes cut at any places', () => {
    const words = [
      'data',
      'event',
      'id',
      'retry',
      ':',
      ' ',
      '\n',
      '\r',
      '\r\n',
      '\ufeff',
      '\0',
      '汉',
    ];
    const word = fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...words).map((text) => encoder.encode(text)) },
      {
        weight: 1,
        arbitrary: fc.constantFrom('ï»¿', '😀', 'x').map((text) => encoder.encode(text)),
      },
      { weight: 1, arbitrary: fc.uint8Array({ maxLength: 3 }) },
    );
    const stream = fc.array(word, { maxLength: 40 }).map((parts) => Buffer.concat(parts));
    fc.assert(
      fc.property(stream, fc.array(fc.nat(), { maxLength: 8 }), (bytes, cuts) => {
        const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length];
        at.sort((a, b) => a - b);
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        expect(parse(pieces)).toEqual(eventsByTheStandard(bytes));
      }),
      { numRuns: 3000 },
    );
  });
});

describe('the cap on the length of an event', () => {
  it.each([
    ['one line without an end', 'data: '],
    ['one comment without an end', ': '],
    ['one event of many lines', 'data: x\ndata: '],
  ])('throws event_too_large for %s', (_what, beginning) => {
    const parser = createEventStreamParser('api.example', 1000);
    parser.push(encoder.encode(beginning));
    const push = () => parser.push(encoder.encode(`${'x'.repeat(300)}\ndata: `.repeat(4)));
    expect(() => [push(), push()]).toThrow(ProtocolError);
    expect(push).toThrow(/^api\.example sent an event of more than 1000 characters$/);
    expect(push).toThrow(
      expect.objectContaining({
        code: 'event_too_large',
        hint: expect.stringContaining('base URL'),
      }),
    );
    expect(parser.end()).toEqual([]);
  });

  it('throws event_too_large for one event of very many short lines, and not for as many comments', () => {
    const parser = createEventStreamParser('api.example');
    const push = (line: string) => parser.push(encoder.encode(line.repeat(90_000)));
    expect([push(': ping\n'), push(': ping\n'), push('data: x\n\n').length]).toEqual([
      [],
      [],
      90_000,
    ]);
    expect(push('data: x\n')).toEqual([]);
    expect(() => push('data: x\n')).toThrow(ProtocolError);
  });

  it('counts the lines of an event also if each comes alone', () => {
    const parser = createEventStreamParser('api.example');
    const line = encoder.encode('data\n');
    for (let count = 1; count <= 100_000; count += 1) parser.push(line);
    expect(() => parser.push(line)).toThrow(ProtocolError);
    expect(parser.end()).toEqual([]);
  });

  it('does not limit the length of a stream of small events', () => {
    const parser = createEventStreamParser('api.example', 1000);
    const piece = encoder.encode('data: 0123456789\n\n'.repeat(10));
    for (let turn = 0; turn < 100; turn += 1) expect(parser.push(piece)).toHaveLength(10);
  });

  it('allows a line of 16,000,000 characters in small pieces, read in linear time', () => {
    const parser = createEventStreamParser('api.example');
    const piece = encoder.encode('x'.repeat(16_000));
    parser.push(encoder.encode('data: '));
    for (let turn = 0; turn < 1000; turn += 1) parser.push(piece);
    expect(parser.push(encoder.encode('\n\n'))[0]?.data).toHaveLength(16_000_000);
    const tooLong = encoder.encode('x'.repeat(16 * 1024 * 1024 + 1));
    expect(() => parser.push(tooLong)).toThrow(ProtocolError);
  }, 2_000);
});
