/**
 * Measures what `serve` adds between a client and an endpoint, each figure against the endpoint itself in
 * the same run. Linux only.
 *
 *   npm run bench:serve
 *
 * Exits with 1 when a figure is over its limit.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { measure } from './measure.ts';
import { median } from './statistics.ts';

const MIB = 2 ** 20;
const CHUNKS = 200_000;
const STREAMS = 500;
/** Milliseconds that the model thinks before its first token. */
const THINKING = 250;
const PAIRS = 40;

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

const api = spawn(process.execPath, ['--import', 'tsx', here('server.ts')], {
  stdio: ['pipe', 'pipe', 'inherit'],
});
const home = mkdtempSync(join(tmpdir(), 'bench-'));
const [port] = (await once(api.stdout, 'data')) as [Buffer];
const direct = { url: `http://127.0.0.1:${String(port).trim()}/v1`, key: 'none' };
const server = spawn(process.execPath, [here('../../dist/main.cjs'), 'serve', '--json'], {
  env: { HOME: home, OPENAI_BASE_URL: direct.url, OPENAI_API_KEY: 'sk-bench-0123456789' },
  stdio: ['ignore', 'pipe', 'inherit'],
});
const [line] = (await once(server.stdout, 'data')) as [Buffer];
server.stdout.resume();
const { url, environment } = JSON.parse(String(line));
const through = { url: String(url), key: String(environment.OPENAI_API_KEY) };

type Target = typeof direct;

try {
  await measured();
} finally {
  server.kill();
  api.stdin.end();
  rmSync(home, { recursive: true });
}

async function measured(): Promise<void> {
  const agent = new Agent({ keepAlive: true });
  for (let round = 0; round < 20; round += 1) {
    await firstByte(direct, 'hello', agent);
    await firstByte(through, 'hello', agent);
  }
  const pairs: [number, number][] = [];
  for (let round = 0; round < PAIRS; round += 1) {
    const pair = [
      await firstByte(direct, `slow-${THINKING}`, agent),
      await firstByte(through, `slow-${THINKING}`, agent),
    ] as const;
    pairs.push([...pair]);
  }
  const later = median(pairs.map(([one, other]) => other - one));
  report('first token later than direct, ms', later, 5);
  report('first token: through / direct', median(pairs.map(([one, other]) => other / one)), 1.02);

  const before = peakOf(server);
  const [cpu, sdk]: [number[], number[]] = [[], []];
  for (let round = 0; round < 4; round += 1) {
    const start = cpuOf(server);
    await wholeStream(through, `stream-${CHUNKS}`, agent);
    const argv = [process.execPath, here('openai-client.mjs'), direct.url, `stream-${CHUNKS}`];
    const sample = await measure({ argv: argv as [string, ...string[]], env: {} });
    // The first round only warms up.
    if (round > 0) cpu.push(cpuOf(server) - start);
    if (round > 0) sdk.push(sample.cpu_ms);
  }
  report('200,000 chunks: CPU / OpenAI SDK', median(cpu) / median(sdk), 0.25);
  report('four times 200,000 chunks: more memory, MiB', (peakOf(server) - before) / MIB, 20);

  const streams = Array.from({ length: STREAMS }, () =>
    wholeStream(through, 'slow-1000', new Agent()).catch(() => false),
  );
  const whole = (await Promise.all(streams)).filter(Boolean).length;
  report('500 streams at once: errors', STREAMS - whole, 0);
  console.log(`500 streams at once: peak of ${Math.round(peakOf(server) / MIB)} MiB`);
}

function report(title: string, value: number, limit: number): void {
  const over = !(value <= limit);
  console.log(`${title}: ${value.toFixed(3)} (at most ${limit})${over ? ' OVER THE LIMIT' : ''}`);
  if (over) process.exitCode = 1;
}

async function ask({ url: base, key }: Target, model: string, agent: Agent) {
  const body = JSON.stringify({ model, stream: true, messages: [{ role: 'user', content: 'hi' }] });
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'content-length': body.length,
  };
  const sent = request(`${base}/chat/completions`, { method: 'POST', agent, headers });
  sent.end(body);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`HTTP ${response.statusCode}`);
  return response;
}

/** Milliseconds to the first byte of the first event. The response is read to its end. */
async function firstByte(target: Target, model: string, agent: Agent): Promise<number> {
  const start = performance.now();
  const response = await ask(target, model, agent);
  await once(response, 'readable');
  const ms = performance.now() - start;
  await once(response.resume(), 'end');
  return ms;
}

/** Whether a stream came to its end. */
async function wholeStream(target: Target, model: string, agent: Agent): Promise<boolean> {
  let end = '';
  for await (const part of await ask(target, model, agent)) {
    end = (end + String((part as Buffer).subarray(-20))).slice(-20);
  }
  return end.endsWith('[DONE]\n\n');
}

/** User and system time in milliseconds, in steps of 10 ms: proc(5), fields 14 and 15 of `stat`. */
function cpuOf({ pid }: ChildProcess): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The kernel's own high-water mark of the resident set, in bytes. */
function peakOf({ pid }: ChildProcess): number {
  const mark = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'));
  return Number(mark?.[1] ?? 0) * 1024;
}
