import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on 127.0.0.1 that a test scripts. */
export interface Loopback extends AsyncDisposable {
  /** `http://127.0.0.1:PORT` */
  url: string;
  server: Server;
}

export async function loopback(listener: RequestListener): Promise<Loopback> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    server,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const bodies = new WeakMap<IncomingMessage, Promise<string>>();

/** The body of a request, also for a second reader. */
export function bodyOf(request: IncomingMessage): Promise<string> {
  const body = bodies.get(request) ?? readBody(request);
  bodies.set(request, body);
  return body;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
