import { once } from 'node:events';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock } from '../../core/ports.ts';
import { bytesOf, isParts, type Exchange, type Reply } from '../router.ts';

/** Ends the connection with a TCP reset. */
export const RESET = Symbol('reset');

/**
 * What is done at a socket: bytes are sent in a segment of their own, a number waits for so many
 * milliseconds. After the last step the connection is closed.
 */
export type Step = string | Uint8Array | number | typeof RESET;

/** A whole answer as bytes. */
export interface Rendered {
  status: number;
  /** Without the headers that frame the body. */
  headers: Readonly<Record<string, string>>;
  is_stream: boolean;
  /** One for each event of a stream, one for any other body. */
  parts: readonly Buffer[];
}

/** The bytes of a reply, before a client takes any of them. */
export function rendered({ status, headers = {}, body }: Reply): Rendered {
  const all = { 'cache-control': 'no-store', ...headers, connection: 'close' };
  if (typeof body !== 'string' && isParts(body)) {
    const parts = Array.from(body, (part) => Buffer.from(bytesOf(part)));
    return { status, headers: all, is_stream: true, parts };
  }
  const is_text = typeof body === 'string';
  const text = is_text ? body : JSON.stringify(body);
  const type = is_text ? {} : { 'content-type': 'application/json' };
  return {
    status,
    headers: { ...type, ...all },
    is_stream: false,
    parts: [Buffer.from(text)],
  };
}

/** The status line and the headers, with the line that ends them. */
export function headOf(
  { status, headers }: Pick<Rendered, 'status' | 'headers'>,
  framing: Readonly<Record<string, string>>,
): string {
  const fields = Object.entries({ ...headers, ...framing });
  const lines = fields.map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}`, ...lines, '', ''].join('\r\n');
}

/** One chunk of a chunked body (RFC 9112 §7.1). An empty part would end it. */
export function chunkOf(part: Uint8Array | string): Buffer {
  const bytes = Buffer.from(part);
  if (bytes.length === 0) return bytes;
  return Buffer.concat([
    Buffer.from(`${bytes.length.toString(16)}\r\n`),
    bytes,
    Buffer.from('\r\n'),
  ]);
}

/** The end of a chunked body. */
export const LAST_CHUNK = '0\r\n\r\n';
/** The header of a chunked body. */
export const CHUNKED = { 'transfer-encoding': 'chunked' } as const;

/** The answer as it should be: a stream in chunks, any other body with its length. */
export function framed(answer: Rendered): { head: string; body: Buffer } {
  const { is_stream, parts } = answer;
  const plain = Buffer.concat(parts);
  if (!is_stream)
    return { head: headOf(answer, { 'content-length': `${plain.length}` }), body: plain };
  const chunks = parts.map((part) => chunkOf(part));
  return {
    head: headOf(answer, CHUNKED),
    body: Buffer.concat([...chunks, Buffer.from(LAST_CHUNK)]),
  };
}

/** Two halves. */
export function halves(bytes: Buffer): [Buffer, Buffer] {
  const middle = Math.ceil(bytes.length / 2);
  return [bytes.subarray(0, middle), bytes.subarray(middle)];
}

/** The limits within which steps are played. */
interface Playing {
  clock: Pick<Clock, 'sleep'>;
  /** Milliseconds after which a client that takes nothing is disconnected. */
  patience: number;
}

/** Plays the steps at the socket of an exchange. Rejects when the client disconnects. */
export async function play(
  steps: Iterable<Step>,
  { request, response, signal }: Exchange,
  { clock, patience }: Playing,
): Promise<void> {
  const { socket } = response;
  if (!socket) return;
  socket.setNoDelay(true);
  request.resume();
  for (const step of steps) {
    signal.throwIfAborted();
    if (step === RESET) socket.resetAndDestroy();
    else if (typeof step === 'number') await pause(step, signal, clock);
    else if (!socket.write(step)) await drained(socket, signal, patience);
    else await nextTurn();
  }
  socket.end();
}

async function pause(ms: number, signal: AbortSignal, clock: Pick<Clock, 'sleep'>): Promise<void> {
  if (ms !== Infinity) return clock.sleep(ms, signal);
  await once(signal, 'abort');
}

async function drained(socket: Socket, signal: AbortSignal, patience: number): Promise<void> {
  const limit = setTimeout(() => socket.destroy(), patience);
  try {
    await once(socket, 'drain', { signal });
  } finally {
    clearTimeout(limit);
  }
}
