import type { IncomingMessage } from 'node:http';
import { expect, it } from 'vitest';
import { createChat } from '../../../../src/core/chat/client.ts';
import { createChecks, worstOf } from '../../../../src/core/validation/checks.ts';
import { createDraw } from '../../../../src/core/validation/draw.ts';
import { streamProbe } from '../../../../src/core/validation/probes/stream.ts';
import { createWireRecorder } from '../../../../src/core/validation/wire.ts';
import { startSandbox } from '../../../../src/sandbox/server.ts';
import { requestTo } from '../../../helpers/connection.ts';
import { bodyOf, loopback } from '../../../helpers/loopback.ts';
import { realClock } from '../../../helpers/real-world.ts';
import { rightAnswer } from '../../../helpers/scripted-chat.ts';

const LENGTH = 20;

/** The right answer to a request, one number a piece. */
const pieces = async (request: IncomingMessage) =>
  rightAnswer(await bodyOf(request)).split(/(?<= )/);

/** Requests that are in flight together. */
const AT_ONCE = 40;
const event = (value: unknown) => `data: ${JSON.stringify(value)}\n\n`;
const delta = (content: string) => event({ choices: [{ delta: { content } }] });
const END =
  event({ choices: [{ delta: {}, finish_reason: 'stop' }] }) +
  event({ choices: [], usage: { prompt_tokens: 9, completion_tokens: 60, total_tokens: 69 } });

/** Milliseconds that are long enough for an answer to count as held back. */
const HELD = 120;

interface ProbeOptions {
  bearer?: string;
  model?: string;
  /** Called when the client has delivered a delta. */
  onDelivered?: () => void;
  /** Milliseconds of an answer of some pieces, in place of the real ones. */
  took?: (pieces: number) => number;
}

async function runStreamProbe(url: string, options: ProbeOptions = {}) {
  const { bearer, model = 'a-model', onDelivered, took } = options;
  const checks = createChecks();
  await streamProbe.run({
    ...checks,
    target: { model, long_tokens: 0, window: undefined, dialect: {}, own: [] },
    full: false,
    modes: ['streamed'],
    draw: createDraw('a-seed'),
    post: () => Promise.reject(new Error('Nothing is posted in this test')),
    provoke: async () => undefined,
    async send({ messages }, mode) {
      const recorder = createWireRecorder(realClock);
      const request = requestTo(url, bearer, recorder.wrap);
      const chat = createChat({ request, clock: realClock });
      const answer = await chat({ model, messages, stream: true }, { onDelta: onDelivered });
      const { chunks, timings } = answer;
      const told = { ...timings, total: took?.(chunks) ?? timings.total };
      return { mode, answer: { ...answer, timings: told }, wire: recorder.exchange() };
    },
  });
  return worstOf(checks.reports());
}

it.each<[string, (length: number) => number, string]>([
  ['fails an answer that a proxy holds back until it is complete', (length) => 12 * length, 'fail'],
  ['passes an answer that a busy server begins late, as it does a short one', () => 240, 'pass'],
  ['warns of an answer after a wait that hides how long it took to write', () => 2400, 'warn'],
])('the stream probe %s', async (_, took, verdict) => {
  await using api = await loopback(async (request, response) => {
    const body = (await pieces(request)).map(delta).join('') + END;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(body);
  });
  const found = await runStreamProbe(api.url, { took });
  expect(found.verdict).toBe(verdict);
  if (verdict === 'fail') expect(found.reason).toBe('All 20 pieces arrived at once, after 240 ms');
});

it('the stream probe passes an answer whose second half comes 120 ms after the first', async () => {
  await using api = await loopback(async (request, response) => {
    const deltas = (await pieces(request)).map(delta);
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(deltas.slice(0, LENGTH / 2).join(''));
    const rest = deltas.slice(LENGTH / 2).join('');
    onDelivered = () => {
      onDelivered = () => {};
      setTimeout(() => response.end(rest + END), HELD);
    };
  });
  let onDelivered = () => {};
  const result = await runStreamProbe(api.url, { onDelivered: () => onDelivered() });
  expect(result).toMatchObject({ verdict: 'pass' });
});

it('the stream probe passes 40 quick answers at the same time on a busy machine', async () => {
  await using sandbox = await startSandbox();
  const { url, api_key } = sandbox;
  const findings = await Promise.all(
    Array.from({ length: AT_ONCE }, () =>
      runStreamProbe(url, { bearer: api_key, model: 'coder-model' }),
    ),
  );
  expect(findings.filter(({ verdict }) => verdict === 'fail')).toEqual([]);
});
