import { loopback } from './loopback.ts';

/** A server whose stream never ends by itself. */
export interface Endless extends AsyncDisposable {
  /** Resolves when the client has gone. */
  closed: Promise<void>;
  /** What leads the program there. */
  env: Record<string, string>;
}

export async function endless(): Promise<Endless> {
  let onClose = () => {};
  const closed = new Promise<void>((resolve) => (onClose = resolve));
  const server = await loopback((request, response) => {
    request.resume();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const timer = setInterval(() => {
      response.write('data: {"choices":[{"delta":{"content":"and on\\n"}}]}\n\n');
    }, 10);
    response.on('close', () => {
      clearInterval(timer);
      onClose();
    });
  });
  return { ...server, closed, env: { OPENAI_BASE_URL: `${server.url}/v1` } };
}
