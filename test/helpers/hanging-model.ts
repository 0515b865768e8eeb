import type { ServerResponse } from 'node:http';
import { bodyOf, loopback } from './loopback.ts';

const event = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

/**
 * A model API that never finishes an answer. It sends nothing, but one delta for a question with
 * `endless`, and deltas as fast as the client reads for one with `flood`.
 */
export async function hangingModel() {
  const open = new Set<ServerResponse>();
  const [requests, closings] = [waiters(), waiters()];

  const server = await loopback((request, response) => {
    open.add(response);
    response.on('close', () => {
      open.delete(response);
      closings.tell();
    });
    void bodyOf(request).then((body) => {
      requests.tell();
      if (body.includes('endless')) response.write(event('and on and on'));
      if (body.includes('flood')) flood(response);
    });
  });

  return {
    url: `${server.url}/v1`,
    nextRequest: requests.next,
    /** Resolves when every response is closed. */
    async allClosed() {
      while (open.size > 0) await closings.next();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Writes for as long as the client reads. */
function flood(response: ServerResponse): void {
  const text = event('x'.repeat(1000)).repeat(100);
  while (response.write(text));
  response.once('drain', () => flood(response));
}

function waiters() {
  const waiting: (() => void)[] = [];
  return {
    next: () => new Promise<void>((resolve) => waiting.push(resolve)),
    tell() {
      for (const resolve of waiting.splice(0)) resolve();
    },
  };
}
