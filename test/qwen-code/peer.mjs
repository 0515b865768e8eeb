// A process of Qwen Code, as far as its login goes: the package's own token code, untouched, and
// only its way to chat.qwen.ai leads to a server of the test. Does each job it is told to do.
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

const [tokens, base] = process.argv.slice(2);
const { fetch } = globalThis;
globalThis.fetch = (url, init) => fetch(String(url).replace('https://chat.qwen.ai', base), init);

const { QwenOAuth2Client, SharedTokenManager } = await import(pathToFileURL(tokens).href);
const client = new QwenOAuth2Client();
const say = (text) => console.log(JSON.stringify(text));

say('ready');
for await (const job of createInterface({ input: process.stdin })) {
  const started = performance.now();
  const outcome = await SharedTokenManager.getInstance()
    .getValidCredentials(client, job === 'force')
    .then(
      (result) => ({ result }),
      ({ type, message }) => ({ error: { code: type, message } }),
    );
  say({ ...outcome, ms: Math.round(performance.now() - started) });
}
