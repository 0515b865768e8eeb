import { fileURLToPath } from 'node:url';
import type { Command } from './measure.ts';

/** Chunks of the long stream. */
const CHUNKS = 200_000;

/** What the bench runs, by the name the figures use. */
export function commands({ home, url }: { home: string; url: string }) {
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home,
    QWEN_DEMO_HOME: home,
    OPENAI_BASE_URL: url,
  };
  const node = process.execPath;
  const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

  const command = (...argv: Command['argv']): Command => ({ argv, env });
  const ours = (...args: string[]) => command(node, here('../../dist/main.cjs'), ...args);
  const sdk = (model: string) => command(node, here('openai-client.mjs'), url, model);
  const body = { model: 'instant', stream: true, messages: [{ role: 'user', content: 'hi' }] };
  const least_output = CHUNKS * 'word '.length;
  const slow = Array.from({ length: 20 }, (_, index) => ['-m', `slow-500-${index}`]).flat();

  return {
    start: {
      floor: command(node, '-e', '0'),
      version: ours('--version'),
      help: ours('--help'),
      chat: ours('chat', '-p', 'hi', '-s'),
      curl: command(
        'curl',
        '-sSN',
        '-H',
        'content-type: application/json',
        '-d',
        JSON.stringify(body),
        `${url}/chat/completions`,
      ),
      sdk: sdk('instant'),
    },
    stream: {
      short: ours('chat', '-p', 'hi', '-s'),
      long: { ...ours('chat', '-p', 'hi', '-s', '-m', `stream-${CHUNKS}`), least_output },
      sdk: { ...sdk(`stream-${CHUNKS}`), least_output },
    },
    validation: {
      together: ours('validate-models', ...slow, '-j', '20'),
      oneByOne: ours('validate-models', ...slow, '-j', '1'),
    },
  } satisfies Record<string, Record<string, Command>>;
}

export type Commands = ReturnType<typeof commands>;
