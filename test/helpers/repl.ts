import type { ServerResponse } from 'node:http';
import { bodyOf, loopback } from './loopback.ts';
import { createHome } from './program.ts';
import { onTerminal, type OnTerminal, type TerminalOptions } from './pty.ts';

export interface SeenMessage {
  role: string;
  content: string | { type: string; text?: string; image_url?: { url: string } }[];
}

const event = (choice: unknown) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`;
const piece = (content: string) => event({ delta: { content } });

/**
 * A home and a server: it answers `re: QUESTION`, never comes to an end for a question with
 * `endless`, and breaks off for one with `broken`, as often as `breaks` says. It has no model list
 * without `models`.
 */
export async function replWorld({
  breaks = 1,
  models,
}: { breaks?: number; models?: object[] } = {}) {
  const requests: { model: string; messages: SeenMessage[] }[] = [];
  let onClose = () => {};
  const closed = new Promise<void>((resolve) => (onClose = resolve));

  function answer(text: string, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if (text.includes('endless')) {
      response.on('close', onClose);
      response.write(piece('and on and on'));
    } else if (text.includes('broken') && breaks > 0) {
      breaks -= 1;
      response.write(piece('half an ans'), () => response.destroy());
    } else {
      for (const word of `re: ${text}`.split(/(?<= )/)) response.write(piece(word));
      const usage = { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 };
      response.write(event({ delta: {}, finish_reason: 'stop' }));
      response.end(`data: ${JSON.stringify({ choices: [], usage })}\n\n`);
    }
  }

  const server = await loopback((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(models ? 200 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ object: 'list', data: models }));
      return;
    }
    void bodyOf(request).then((body) => {
      const asked = JSON.parse(body) as (typeof requests)[number];
      requests.push(asked);
      answer(textOf(asked.messages.at(-1)), response);
    });
  });
  const home = await createHome({ OPENAI_BASE_URL: `${server.url}/v1` });
  const env = { HOME: home.path, OPENAI_BASE_URL: `${server.url}/v1` };
  return {
    home,
    env,
    requests,
    /** The texts of the last request. */
    sent: () => requests.at(-1)?.messages.map(textOf),
    /** Resolves when the client has dropped an endless answer. */
    closed,
    start: (args: string[] = [], options: Partial<TerminalOptions> = {}): OnTerminal =>
      onTerminal(['chat', ...args], {
        cwd: home.path,
        ...options,
        env: { ...env, ...options.env },
      }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}

function textOf(message: SeenMessage | undefined): string {
  const content = message?.content ?? '';
  if (typeof content === 'string') return content;
  return content.map(({ text, image_url }) => text ?? image_url?.url.slice(0, 22)).join('|');
}

export const ENTER = '\r';
export const CTRL_C = '\u0003';
export const CTRL_D = '\u0004';
export const CTRL_G = '\u0007';
export const CTRL_R = '\u0012';
export const UP = '\u001B[A';
export const ALT_ENTER = '\u001B\r';
export const paste = (text: string) => `\u001B[200~${text}\u001B[201~`;
