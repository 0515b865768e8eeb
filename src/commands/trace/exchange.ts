import { isIP } from 'node:net';
import type { HttpRequest, HttpResponse } from '../../core/http/message.ts';
import type { Step } from '../../core/http/trace.ts';

/** The flags that ask to see what goes over the network. */
export interface TraceFlags {
  debug?: boolean;
  trace?: boolean;
  /** The file of `--trace-har`. */
  traceHar?: string;
}

/** An event of a stream. */
export interface StreamEvent {
  event: string;
  /** Undefined when more than 1 Mi characters came before. */
  data: string | undefined;
  /** Characters of the data. */
  size: number;
  /** Milliseconds from the start of the exchange to its last byte. */
  at: number;
  /** The bytes of the body before its end, decompressed. */
  end: number;
}

/** One exchange, as far as it has come. Times are milliseconds of a monotonic clock. */
export interface Exchange {
  /** From 1. */
  number: number;
  request: HttpRequest;
  /** Milliseconds since the epoch. */
  started_at: number;
  start: number;
  marks: Partial<Record<Step | 'head' | 'end', number>>;
  connection?: {
    address?: string | undefined;
    port?: number | undefined;
    tls?: string | undefined;
  };
  response?: HttpResponse;
  /** Bytes of the body as they came, and decompressed. */
  received: number;
  decoded: number;
  /** The beginning of the body. */
  text: string;
  /** The first ones of an event stream. */
  events: StreamEvent[];
  /** How many there were. */
  event_count: number;
  failure?: unknown;
}

/** Shows exchanges, or writes them down. */
export interface Watcher {
  begin?(exchange: Exchange): void;
  head?(exchange: Exchange): void;
  event?(exchange: Exchange, event: StreamEvent): void;
  end?(exchange: Exchange): void;
}

/** The parts of the time of an exchange, in the words of HAR; `connect` holds `ssl`. */
export interface Timings {
  blocked: number;
  dns: number;
  connect: number;
  ssl: number;
  send: number;
  wait: number;
  receive: number;
}

/** What ends at each mark, in order. */
const PHASES = [
  ['open', 'blocked'],
  ['dns', 'dns'],
  ['connect', 'connect'],
  ['tls', 'ssl'],
  ['ready', 'blocked'],
  ['sent', 'send'],
  ['head', 'wait'],
  ['end', 'receive'],
] as const;

/**
 * How the time of an exchange divides until `now`, in milliseconds; -1 for a part that it did not have,
 * as an exchange on a connection that was kept has no DNS. The time until a failure counts for what
 * had not ended.
 */
export function timingsOf(
  { start, marks, request }: Pick<Exchange, 'start' | 'marks' | 'request'>,
  now: number,
): Timings {
  const spent: Timings = {
    blocked: -1,
    dns: -1,
    connect: -1,
    ssl: -1,
    send: -1,
    wait: -1,
    receive: -1,
  };
  const add = (phase: keyof Timings, from: number, to: number) => {
    spent[phase] = Math.max(0, spent[phase]) + Math.max(0, to - from);
  };
  let before = start;
  let next = 0;
  PHASES.forEach(([mark, phase], index) => {
    const at = mark === 'end' && marks.head === undefined ? undefined : marks[mark];
    if (at === undefined) return;
    add(phase, before, at);
    before = Math.max(before, at);
    next = index + 1;
  });
  let open = PHASES[next]?.[1];
  const unnamed = isIP(new URL(request.url).hostname.replace(/^\[|\]$/g, '')) !== 0;
  if (open === 'dns' && (unnamed || marks.proxy !== undefined)) open = 'connect';
  if (open === 'ssl' && !request.url.startsWith('https:')) open = 'send';
  if (open !== undefined && now > before) add(open, before, now);
  if (spent.ssl !== -1) spent.connect = Math.max(0, spent.connect) + spent.ssl;
  return spent;
}
