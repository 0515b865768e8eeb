import type { ServerResponse } from 'node:http';
import { bodyOf, loopback } from './loopback.ts';

const event = (content: string) =>
  `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

/**
 * A model API that never finishes: it says nothing at all, streams without an end for a question
 * with `endless`, and streams more than a terminal and two sockets hold for one with `flood`.
 */
export async function modelThatHangs() {
  const open = new Set<ServerResponse>();
  const [requests, closings, floods] = [waiters(), waiters(), waiters()];

  const server = await loopback((request, response) => {
    open.add(response);
    response.on('close', () => {
      open.delete(response);
      closings.tell();
    });
    void bodyOf(request).then((body) => {
      requests.tell();
      if (body.includes('endless')) response.write(event('and on'));
      if (body.includes('flood')) void flood(response).then(floods.tell);
    });
  });

  return {
    url: `${server.url}/v1`,
    nextRequest: requests.next,
    /** Resolves when a client has stopped to read what it is sent. */
    flooded: floods.next,
    /** Resolves when no client waits any more. */
    async allClosed() {
      while (open.size > 0) await closings.next();
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Writes until a quarter of a second passes in which nothing is taken. */
async function flood(response: ServerResponse): Promise<void> {
  const text = event('x'.repeat(1000)).repeat(100);
  for (;;) {
    if (response.write(text)) continue;
    const taken = await Promise.race([
      new Promise((resolve) => response.once('drain', () => resolve(true))),
      new Promise((resolve) => setTimeout(resolve, 250, false)),
    ]);
    if (taken === false) return;
  }
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
