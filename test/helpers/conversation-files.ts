import { join } from 'node:path';
import { bodyOf, loopback } from './loopback.ts';
import { createHome } from './program.ts';

export interface Message {
  role: string;
  content: string;
}

/** A home, and a server that answers `re: QUESTION` and remembers what it was asked. */
export async function conversationWorld() {
  const requests: { model: string; messages: Message[] }[] = [];
  const server = await loopback((request, response) => {
    void bodyOf(request).then((body) => {
      const asked = JSON.parse(body) as { model: string; messages: Message[] };
      requests.push(asked);
      const content = `re: ${asked.messages.at(-1)?.content}`;
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }] }));
    });
  });
  const env = { OPENAI_BASE_URL: `${server.url}/v1` };
  const home = await createHome(env);
  return {
    home,
    env,
    chat: (...args: string[]) => home.run(['chat', ...args]),
    sent: () => requests.at(-1)?.messages.map(({ content }) => content),
    models: () => requests.map(({ model }) => model),
    file: join(home.path, '.config/qwen-demo/conversations/talk.jsonl'),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await home[Symbol.asyncDispose]();
    },
  };
}
