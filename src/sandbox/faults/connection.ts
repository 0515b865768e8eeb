import { count, duration } from './arguments.ts';
import { edit, fault, faultOf, unprocessed, wire, type Fault } from './fault.ts';
import { GROUPS } from './endpoints.ts';
import { textBefore } from './text.ts';
import {
  chunkOf,
  CHUNKED,
  framed,
  halves,
  headOf,
  LAST_CHUNK,
  RESET,
  type Rendered,
  type Step,
} from './wire.ts';

const at = GROUPS.all;

/** Failures of the connection and of HTTP/1.1 itself. */
export const CONNECTION: Readonly<Record<string, Fault>> = {
  refused: faultOf({
    about: 'connections are refused from that request on, for that time',
    at,
    argument: duration('ever'),
    does: (ms) => ({ kind: 'closed_port', ms }),
  }),
  reset: fault({
    about: 'the connection is reset before the first byte, and the request is not processed',
    at,
    does: unprocessed(() => [RESET]),
  }),
  'hang-up': fault({
    about: 'the connection is closed before the first byte, and the request is not processed',
    at,
    does: unprocessed(() => []),
  }),
  lost: fault({
    about: 'the request is processed, and the connection is reset in place of an answer',
    at,
    does: wire(() => [RESET]),
  }),
  'reset-body': fault({
    about: 'the connection is reset after half of the body',
    at,
    does: wire((answer) => [...firstHalf(answer), 50, RESET]),
  }),
  cut: fault({
    about: 'the connection is closed after half of the body',
    at,
    does: wire(firstHalf),
  }),
  stall: faultOf({
    about: 'nothing is sent, for that time',
    at,
    argument: duration('ever'),
    does: (ms) => wire((answer) => [ms, ...whole(answer)]),
  }),
  'stall-head': faultOf({
    about: 'nothing is sent after half of the headers, for that time',
    at,
    argument: duration('ever'),
    does: (ms) =>
      wire((answer) => {
        const { head, body } = framed(answer);
        const [first, second] = halves(Buffer.from(head));
        return [first, ms, second, body];
      }),
  }),
  slow: faultOf({
    about: 'nothing is sent after the headers, for that time',
    at,
    argument: duration('2s'),
    does: (ms) =>
      wire((answer) => {
        const { head, body } = framed(answer);
        return [head, ms, body];
      }),
  }),
  'stall-body': faultOf({
    about: 'nothing is sent after half of the body, for that time',
    at,
    argument: duration('ever'),
    does: (ms) =>
      wire((answer) => {
        const { head, body } = framed(answer);
        const [first, second] = halves(body);
        return [head, first, ms, second];
      }),
  }),
  'stall-end': faultOf({
    about: 'the answer is complete, and the connection stays open without its end, for that time',
    at,
    argument: duration('ever'),
    does: (ms) =>
      wire((answer) => {
        const chunks = answer.parts.map((part) => chunkOf(part));
        return [headOf(answer, CHUNKED), ...chunks, ms, LAST_CHUNK];
      }),
  }),
  drip: faultOf({
    about: 'one byte of the body is sent each that time',
    at,
    argument: duration('100ms'),
    does: (ms) =>
      wire(function* (answer) {
        const { head, body } = framed(answer);
        yield head;
        for (const byte of body) yield* [Uint8Array.of(byte), ms];
      }),
  }),
  bytewise: fault({
    about: 'each byte is sent in a TCP segment of its own',
    at,
    does: wire(function* (answer) {
      const { head, body } = framed(answer);
      for (const byte of Buffer.concat([Buffer.from(head), body])) yield Uint8Array.of(byte);
    }),
  }),
  split: fault({
    about: 'segments end inside of UTF-8 characters and of CRLF; the answer has such characters',
    at: ['chat'],
    does: [
      edit((answer) => textBefore(answer, 'naïve 你好 👩‍💻 ')),
      wire((answer) => [
        headOf(answer, CHUNKED),
        ...answer.parts.flatMap(splitInCharacters).map((part) => chunkOf(part)),
        LAST_CHUNK,
      ]),
    ],
  }),
  interim: faultOf({
    about: 'so many interim responses (103) come before the answer',
    at,
    argument: count(1000, 1_000_000_000),
    does: (times) =>
      wire(function* (answer) {
        for (let left = times; left > 0; left -= 1) yield INTERIM;
        yield* whole(answer);
      }),
  }),
  'not-http': fault({
    about: 'the server speaks another protocol than HTTP',
    at,
    does: unprocessed(() => ['SSH-2.0-OpenSSH_9.6\r\n']),
  }),
  'huge-headers': faultOf({
    about: 'a header is so many KiB long',
    at,
    argument: count(64, 1024, 'KIB'),
    does: (size) =>
      wire((answer) => {
        const { head, body } = framed(answer);
        const padding = `x-padding: ${'a'.repeat(size * 1024)}\r\n\r\n`;
        return [head.replace(/\r\n$/, padding), body];
      }),
  }),
  'bad-chunk': fault({
    about: 'the length of a chunk is no number, after half of the body',
    at,
    does: wire(({ parts, ...answer }) => {
      const [first] = halves(Buffer.concat(parts));
      return [headOf(answer, CHUNKED), chunkOf(first), 'zz\r\nno number\r\n'];
    }),
  }),
  'short-length': fault({
    about: 'Content-Length is half of the length of the body',
    at,
    does: wire((answer) => withLength(answer, (length) => Math.ceil(length / 2))),
  }),
  'long-length': fault({
    about: 'Content-Length is twice the length of the body, then the connection is closed',
    at,
    does: wire((answer) => withLength(answer, (length) => length * 2)),
  }),
  'two-lengths': fault({
    about: 'two headers Content-Length contradict each other',
    at,
    does: wire((answer) => {
      const { length } = Buffer.concat(answer.parts);
      const lengths = { 'content-length': `${length}`, 'Content-Length': `${length + 1}` };
      return [headOf(answer, lengths), ...answer.parts];
    }),
  }),
  'no-length': fault({
    about: 'the body has no length and no chunks, and ends with the connection, as HTTP/1.0 does',
    at,
    does: wire((answer) => [headOf(answer, {}), ...answer.parts]),
  }),
};

const INTERIM = 'HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n';

function whole(answer: Rendered): Step[] {
  const { head, body } = framed(answer);
  return [head, body];
}

function firstHalf(answer: Rendered): Step[] {
  const { head, body } = framed(answer);
  return [head, halves(body)[0]];
}

function withLength(answer: Rendered, change: (length: number) => number): Step[] {
  const { length } = Buffer.concat(answer.parts);
  return [headOf(answer, { 'content-length': `${change(length)}` }), ...answer.parts];
}

/** With CRLF for LF, in pieces that end after CR and after the first byte of each longer character. */
function splitInCharacters(part: Buffer): Buffer[] {
  const bytes = Buffer.from(part.toString('utf8').replaceAll('\n', '\r\n'));
  const pieces: Buffer[] = [];
  let start = 0;
  for (const [index, byte] of bytes.entries()) {
    if (byte !== 0x0d && byte < 0xc0) continue;
    pieces.push(bytes.subarray(start, index + 1));
    start = index + 1;
  }
  return [...pieces, bytes.subarray(start)];
}
