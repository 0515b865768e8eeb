import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { bytesOf, isEvent, isParts, type Fields, type Reply } from '../router.ts';
import { count, text, word } from './arguments.ts';
import { GROUPS } from './endpoints.ts';
import { edit, editJson, fault, faultOf, type Effect, type Fault } from './fault.ts';
import { HOSTILE_TEXT, textBefore } from './text.ts';

const at = GROUPS.all;

/** What is wrong with a body: its type, its encoding, its JSON, its characters. */
export const BODIES: Readonly<Record<string, Fault>> = {
  type: faultOf({
    about: 'Content-Type is this media type',
    at,
    argument: text('TYPE', 'text/plain'),
    does: (type) =>
      edit((answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': type } })),
  }),
  'no-type': fault({
    about: 'Content-Type is empty',
    at,
    does: edit((answer) => ({ ...answer, headers: { ...answer.headers, 'content-type': '' } })),
  }),
  bom: fault({
    about: 'the body begins with a byte order mark',
    at,
    does: editBytes((bytes) => Buffer.concat([Buffer.from('\u{FEFF}'), bytes])),
  }),
  compressed: faultOf({
    about: 'the body is compressed in this way, which nobody asked for',
    at,
    argument: word('ENCODING', 'gzip', {
      gzip: editBytes((bytes) => gzipSync(bytes), 'gzip'),
      deflate: editBytes((bytes) => deflateSync(bytes), 'deflate'),
      br: editBytes((bytes) => brotliCompressSync(bytes), 'br'),
    }),
    does: (effect) => effect,
  }),
  'cut-gzip': fault({
    about: 'the body is gzip, and its second half is missing',
    at,
    does: editBytes((bytes) => {
      const whole = gzipSync(bytes);
      return whole.subarray(0, Math.ceil(whole.length / 2));
    }, 'gzip'),
  }),
  'bad-gzip': fault({
    about: 'Content-Encoding is gzip, and the body is not',
    at,
    does: editBytes((bytes) => bytes, 'gzip'),
  }),
  'unknown-encoding': fault({
    about: 'Content-Encoding has a name that nobody knows',
    at,
    does: editBytes((bytes) => bytes, 'x-sandbox'),
  }),
  'gzip-bomb': faultOf({
    about: 'the body is gzip of a few KiB, and so many MiB long when it is unpacked',
    at,
    argument: count(64, 512, 'MIB'),
    does: (size) => editBytes(() => gzipSync(Buffer.alloc(size * 2 ** 20, ' ')), 'gzip'),
  }),
  'cut-json': fault({
    about: 'the second half of the JSON is missing',
    at,
    does: edit((answer) => {
      const { body } = answer;
      if (typeof body === 'string' || isParts(body)) return answer;
      const whole = JSON.stringify(body);
      const headers = { 'content-type': 'application/json', ...answer.headers };
      return { ...answer, headers, body: whole.slice(0, whole.length / 2) };
    }),
  }),
  'deep-json': faultOf({
    about: 'a field of the JSON, or of an event, is nested so many times',
    at,
    argument: count(100_000, 1_000_000, 'LEVELS'),
    does: (levels) =>
      editText((json) => `{"deep":${'['.repeat(levels)}${']'.repeat(levels)},${json.slice(1)}`),
  }),
  'many-keys': faultOf({
    about: 'the JSON, or an event, has so many unknown keys',
    at,
    argument: count(20_000, 1_000_000),
    does: (keys) =>
      editJson((fields) => ({
        ...Object.fromEntries(
          Array.from({ length: keys }, (_, index) => [`unknown_${index}`, index]),
        ),
        ...fields,
      })),
  }),
  'big-numbers': fault({
    about: 'every number of the JSON is 1e308',
    at,
    does: editText((json) => json.replaceAll(/(?<=[:,[])\d+(?=[,}\]])/g, '1e308')),
  }),
  'proto-keys': fault({
    about: 'the JSON has keys __proto__ and constructor',
    at,
    does: editText(
      (json) => `{"__proto__":{"polluted":true},"constructor":{"prototype":null},${json.slice(1)}`,
    ),
  }),
  set: faultOf({
    about: 'a field of the JSON, or of each event, has this value: choices.0.finish_reason="eos"',
    at,
    argument: text('FIELD=JSON', 'id=null'),
    does: (assignment) => {
      const [path = '', ...value] = assignment.split('=');
      return editJson((fields) => changed(fields, path.split('.'), parsed(value.join('='))));
    },
  }),
  unset: faultOf({
    about: 'a field of the JSON, or of each event, is missing',
    at,
    argument: text('FIELD', 'id'),
    does: (path) => editJson((fields) => changed(fields, path.split('.'), undefined)),
  }),
  'invalid-utf8': fault({
    about: 'the answer has bytes that are no UTF-8',
    at: ['chat'],
    does: [
      edit((answer) => textBefore(answer, 'caf\u{E9} ')),
      editBytes((bytes) => replaced(bytes, Buffer.from('\u{E9}'), NO_UTF8)),
    ],
  }),
  hostile: fault({
    about: 'the answer has escape sequences, bidirectional controls, tags and a workflow command',
    at: ['chat'],
    does: edit((answer) => textBefore(answer, HOSTILE_TEXT)),
  }),
  'key-in-answer': fault({
    about: 'the answer repeats the key or token of the request',
    at: ['chat'],
    does: edit((answer, { exchange }) => {
      const key = exchange.request.headers.authorization?.replace(/^Bearer /i, '') ?? '';
      return textBefore(answer, `Your key is ${key}. `);
    }),
  }),
};

/** Latin-1, a byte that never occurs, overlong forms, a surrogate, a value too large, and a cut character. */
const NO_UTF8 = Buffer.from('e9 ff c0af e080af eda080 f5808080 e4bd'.replaceAll(' ', ''), 'hex');

/** Changes the bytes of the body, and says how they are encoded. */
function editBytes(change: (bytes: Buffer) => Buffer, encoding?: string): Effect {
  return edit((answer) => {
    const { headers, body } = answer;
    const is_json = typeof body !== 'string' && !isParts(body);
    const text = is_json ? JSON.stringify(body) : body;
    const bytes =
      typeof text === 'string'
        ? Buffer.from(text)
        : Buffer.concat(Array.from(text, (part) => Buffer.from(bytesOf(part))));
    return {
      ...answer,
      headers: {
        ...(is_json && { 'content-type': 'application/json' }),
        ...headers,
        ...(encoding !== undefined && { 'content-encoding': encoding }),
      },
      body: [change(bytes)],
    };
  });
}

/** Changes the JSON of the answer or of each event as text. */
function editText(change: (json: string) => string): Effect {
  return edit((answer): Reply => {
    const { body } = answer;
    if (typeof body === 'string') return answer;
    if (isParts(body)) {
      const parts = Array.from(body, (part) =>
        isEvent(part) ? `data: ${change(JSON.stringify(part))}\n\n` : part,
      );
      return { ...answer, body: parts };
    }
    const headers = { 'content-type': 'application/json', ...answer.headers };
    return { ...answer, headers, body: change(JSON.stringify(body)) };
  });
}

/** With the first bytes in place of the second ones, everywhere. */
function replaced(bytes: Buffer, old: Buffer, other: Buffer): Buffer {
  return Buffer.from(
    bytes.toString('latin1').replaceAll(old.toString('latin1'), other.toString('latin1')),
    'latin1',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A copy in which the field at the path has this value, or is missing. */
function changed(fields: Fields, path: readonly string[], value: unknown): Fields {
  const copy = structuredClone(fields);
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, name) => (isObject(at) ? at[name] : undefined), copy);
  const name = path.at(-1) ?? '';
  if (!isObject(parent)) return copy;
  delete parent[name];
  if (value === undefined) return copy;
  // An assignment to __proto__ would make no key.
  Object.defineProperty(parent, name, { value, enumerable: true, configurable: true });
  return copy;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
