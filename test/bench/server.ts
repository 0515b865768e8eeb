/**
 * An instant chat API on loopback, in a process of its own so that the clients' CPU time is theirs
 * alone. Prints its port. The model says what it does: `stream-N` sends N chunks as fast as the
 * socket takes them, `slow-MS` and `slow-MS-anything` think for MS milliseconds, any other answers
 * at once.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Events written at once: large enough that the server is never what a client waits for. */
const BATCH = 200;

interface ChatRequest {
  model: string;
  stream?: boolean;
  messages: { content: string }[];
}

const event = (model: string, delta: object, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-5f1c9a52-8f0e-9e0c-8d0a-2f4f3c1d7b6e',
    object: 'chat.completion.chunk',
    created: 1_800_000_000,
    model,
    system_fingerprint: null,
    choices: [{ index: 0, delta, finish_reason, logprobs: null }],
  })}\n\n`;

function* events({ model, messages }: ChatRequest): Generator<string> {
  const chunks = Number(/^stream-(\d+)$/.exec(model)?.[1] ?? 0);
  if (chunks === 0) yield event(model, { content: reply(messages) });
  const word = event(model, { content: 'word ' });
  for (let left = chunks; left > 0; left -= BATCH) yield word.repeat(Math.min(left, BATCH));
  yield event(model, {}, 'stop');
  yield 'data: [DONE]\n\n';
}

function sendWhole(response: ServerResponse, { model, messages }: ChatRequest) {
  const message = { role: 'assistant', content: reply(messages) };
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1_800_000_000,
      model,
      choices: [{ index: 0, message, finish_reason: 'stop' }],
    }),
  );
}

/** The answer to a sum, because validate-models checks it. */
function reply(messages: ChatRequest['messages']): string {
  const sum = /(\d+) \+ (\d+)/.exec(messages.at(-1)?.content ?? '');
  return sum ? String(Number(sum[1]) + Number(sum[2])) : 'hello';
}

/** Questions so far: `GET /requests`. */
let questions = 0;

const server = createServer(async (request, response) => {
  if (request.method === 'GET') return void response.end(String(questions));
  questions += 1;
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part);
  const body: ChatRequest = JSON.parse(Buffer.concat(parts).toString());
  const thinking = /^slow-(\d+)/.exec(body.model);
  if (thinking) await sleep(Number(thinking[1]));
  if (body.stream) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    Readable.from(events(body)).pipe(response);
  } else {
    sendWhole(response, body);
  }
});

server.listen(0, '127.0.0.1', () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// The bench holds the other end: when it is gone, so is this.
process.stdin.on('end', () => process.exit()).resume();
