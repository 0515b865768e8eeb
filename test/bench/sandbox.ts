import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';

/** What one sandbox can serve on this machine, to a client on the same machine. */
export interface Ceiling {
  /** Answers to `GET /v1/models` over 100 kept connections. */
  requests_per_second: number;
  /** The most event streams that were open at once and all ended with [DONE]. */
  streams_at_once: number;
  /** Events of those streams. */
  events_per_second: number;
  /** The largest resident set of the sandbox meanwhile, in bytes. */
  peak_bytes: number;
}

const CONNECTIONS = 100;
const SECONDS = 2;
/** Milliseconds after which a stream counts as failed. */
const PATIENCE = 60_000;
const STEPS = { quick: [1000], whole: [1000, 2000, 4000, 8000] };

/** Measures a sandbox in a process of its own. */
export async function ceilingOfSandbox(quick: boolean): Promise<Ceiling> {
  const main = fileURLToPath(new URL('../../dist/main.cjs', import.meta.url));
  const child = spawn(process.execPath, [main, 'sandbox', '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [line] = await once(child.stdout, 'data');
    const target = JSON.parse(String(line)) as Target;
    const requests_per_second = await measureRequests(target);
    let best = { streams_at_once: 0, events_per_second: 0 };
    for (const count of quick ? STEPS.quick : STEPS.whole) {
      const measured = await measureStreams(target, count);
      if (measured === undefined) break;
      best = { streams_at_once: count, events_per_second: measured };
    }
    return { requests_per_second, ...best, peak_bytes: peakOf(child) };
  } finally {
    child.kill();
  }
}

interface Target {
  url: string;
  api_key: string;
}

function head({ url, api_key }: Target, start: string, body = ''): string {
  return [
    `${start} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    `authorization: Bearer ${api_key}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n');
}

/** Each connection sends its next request when the answer to the last one has begun. */
async function measureRequests(target: Target): Promise<number> {
  const request = head(target, 'GET /v1/models');
  let answers = 0;
  const sockets = Array.from({ length: CONNECTIONS }, () => {
    const socket = connect(Number(new URL(target.url).port), '127.0.0.1');
    socket.on('data', (bytes) => {
      if (!bytes.includes('HTTP/1.1 200')) return;
      answers += 1;
      socket.write(request);
    });
    socket.on('error', () => {});
    socket.write(request);
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  for (const socket of sockets) socket.destroy();
  return answers / SECONDS;
}

/** Opens so many streams at once. Resolves to the events per second, undefined when one failed. */
async function measureStreams(target: Target, count: number): Promise<number | undefined> {
  const messages = [{ role: 'user', content: 'Count from 1 to 40' }];
  const body = JSON.stringify({ model: 'qwen3-coder-plus', stream: true, messages });
  const request = head(target, 'POST /v1/chat/completions', body);
  const start = performance.now();
  const streams = await Promise.all(
    Array.from({ length: count }, () => readStream(target, request)),
  );
  const seconds = (performance.now() - start) / 1000;
  if (streams.includes(undefined)) return undefined;
  return streams.reduce<number>((sum, events) => sum + (events ?? 0), 0) / seconds;
}

/** The number of events of one stream, undefined when it did not end with [DONE]. */
function readStream({ url }: Target, request: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    let events = 0;
    const finish = (result: number | undefined): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(result);
    };
    const limit = setTimeout(finish, PATIENCE, undefined);
    socket.on('error', () => finish(undefined));
    socket.on('end', () => finish(undefined));
    socket.on('data', (bytes) => {
      const text = bytes.toString('latin1');
      events += text.split('data: ').length - 1;
      if (text.includes('[DONE]')) finish(events);
    });
    socket.write(request);
  });
}

/** The kernel's own high-water mark. */
function peakOf({ pid }: ChildProcess): number {
  const mark = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(mark?.[1] ?? 0) * 1024;
}
