/** The job of `chat -s`, done with the OpenAI SDK: `node openai-client.mjs BASE_URL MODEL`. */
import OpenAI from 'openai';

const [baseURL, model] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'none' });
const stream = await client.chat.completions.create({
  model,
  messages: [{ role: 'user', content: 'hi' }],
  stream: true,
});
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
