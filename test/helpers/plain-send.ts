import { request as httpRequest } from 'node:http';
import type { Send } from '../../src/core/http/message.ts';

/** `Send` over node:http and nothing else: an independent stand-in for the real transport. */
export const plainSend: Send = (request) =>
  new Promise((resolve, reject) => {
    const { method, headers, signal } = request;
    const outgoing = httpRequest(request.url, { method, headers, ...(signal ? { signal } : {}) });
    outgoing.on('error', reject);
    outgoing.on('response', (incoming) => {
      const received: Record<string, string> = {};
      for (const [name, value] of Object.entries(incoming.headers)) received[name] = String(value);
      resolve({
        status: incoming.statusCode ?? 0,
        headers: received,
        body: incoming,
        host: new URL(request.url).host,
      });
    });
    outgoing.end(request.body);
  });
