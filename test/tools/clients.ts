/** Programs of others that speak OpenAI's API, each with how it is asked one question. */

/** How one program is run. */
export interface Client {
  name: string;
  /** Packages of npm with their commands; installed once into a folder of their own. */
  packages?: readonly string[];
  /** Where the program comes from when npm has none: it must be there already. */
  elsewhere?: string;
  /** A command for `sh` that asks for the word PONG and prints the answer. */
  command: string;
  /** Files of its working folder. */
  files?: Readonly<Record<string, string>>;
  /** Exits with 0 where the program exists. */
  exists?: string;
}

const PROMPT = 'Reply with exactly the word PONG';

const MODEL = 'coder-model';

const CHAT = JSON.stringify({ model: MODEL, messages: [{ role: 'user', content: PROMPT }] });

/** The OpenAI SDK reads its base URL and key from the environment. */
const OPENAI_SDK = `import OpenAI from 'openai';
const client = new OpenAI();
const messages = [{ role: 'user', content: '${PROMPT}' }];
for await (const chunk of await client.chat.completions.create({ model: '${MODEL}', messages, stream: true }))
  process.stdout.write(chunk.choices[0]?.delta?.content ?? '');
const { output_text } = await client.responses.create({ model: '${MODEL}', input: '${PROMPT}' });
const { data } = await client.embeddings.create({ model: 'text-embedding-v4', input: 'PONG' });
console.log('', output_text, data[0].embedding.length);
`;

const AI_SDK = `import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { streamText } from 'ai';
const provider = createOpenAICompatible({
  name: 'qwen-demo',
  baseURL: process.env.OPENAI_BASE_URL,
  apiKey: process.env.OPENAI_API_KEY,
});
const { textStream } = streamText({ model: provider('${MODEL}'), prompt: '${PROMPT}' });
for await (const text of textStream) process.stdout.write(text);
console.log();
`;

const PYTHON = `from openai import OpenAI
stream = OpenAI().chat.completions.create(model="${MODEL}", stream=True,
    messages=[{"role": "user", "content": "${PROMPT}"}])
for chunk in stream:
    print(chunk.choices[0].delta.content or "", end="")
print()
`;

const OPENCODE = {
  $schema: 'https://opencode.ai/config.json',
  autoupdate: false,
  share: 'disabled',
  provider: {
    local: {
      npm: '@ai-sdk/openai-compatible',
      options: { baseURL: '{env:OPENAI_BASE_URL}', apiKey: '{env:OPENAI_API_KEY}' },
      models: { [MODEL]: {} },
    },
  },
};

export const CLIENTS: readonly Client[] = [
  {
    name: 'curl',
    elsewhere: 'the system',
    exists: 'curl --version',
    command: `curl -sS "$OPENAI_BASE_URL/chat/completions" -H "Authorization: Bearer $OPENAI_API_KEY" -H 'Content-Type: application/json' -d '${CHAT}'`,
  },
  {
    name: 'OpenAI SDK for JavaScript',
    packages: ['openai'],
    command: 'node openai.mjs',
    files: { 'openai.mjs': OPENAI_SDK },
  },
  {
    name: 'AI SDK',
    packages: ['ai', '@ai-sdk/openai-compatible'],
    command: 'node ai.mjs',
    files: { 'ai.mjs': AI_SDK },
  },
  {
    name: 'Qwen Code',
    packages: ['@qwen-code/qwen-code'],
    command: `qwen --auth-type openai -m ${MODEL} '${PROMPT}'`,
  },
  {
    name: 'Codex',
    packages: ['@openai/codex'],
    command: `codex exec --skip-git-repo-check -m ${MODEL} -c model_provider=local -c "model_providers.local={name=\\"local\\",base_url=\\"$OPENAI_BASE_URL\\",env_key=\\"OPENAI_API_KEY\\",wire_api=\\"responses\\"}" '${PROMPT}'`,
  },
  {
    name: 'opencode',
    packages: ['opencode-ai'],
    command: `opencode run -m local/${MODEL} '${PROMPT}'`,
    files: { 'opencode.json': JSON.stringify(OPENCODE, null, 2) },
  },
  {
    name: 'OpenAI SDK for Python',
    elsewhere: 'pip install openai',
    exists: 'python3 -c "import openai"',
    command: 'python3 ask.py',
    files: { 'ask.py': PYTHON },
  },
  {
    name: 'llm',
    elsewhere: 'pip install llm',
    exists: 'llm --version',
    command: `mkdir -p "$HOME/llm" && printf -- '- model_id: local\\n  model_name: ${MODEL}\\n  api_base: %s\\n' "$OPENAI_BASE_URL" > "$HOME/llm/extra-openai-models.yaml" && LLM_USER_PATH="$HOME/llm" llm -m local '${PROMPT}'`,
  },
];
