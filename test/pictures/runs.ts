/** What the pictures of a terminal show: commands of the built program against the sandbox. */
import { given } from '../../src/core/given.ts';
import { startSandbox } from '../../src/sandbox/server.ts';
import { createHome } from '../helpers/program.ts';
import { type OnTerminal, onTerminal } from '../helpers/pty.ts';
import { drawTerminal } from './svg.ts';

/** A command at a terminal, and what people type at it. */
interface Story {
  title: string;
  args: string[];
  rows: number;
  /** Faults of the sandbox. */
  faults?: string[];
  /** Resolves when the screen shows what is to be drawn; else that is the end of the program. */
  play?: (shown: OnTerminal) => Promise<void>;
}

/** By the name of the file. */
export const STORIES: Readonly<Record<string, Story>> = {
  login: {
    title: 'qwen-demo auth shows a code and waits until it is approved in the browser',
    args: ['auth', '--no-browser'],
    rows: 40,
  },
  chat: {
    title: 'qwen-demo chat streams the answer of a model',
    args: ['chat', '-s', '-u', 'write a function'],
    rows: 24,
  },
  'list-models': {
    title: 'qwen-demo list-models groups the models of an endpoint by their kind',
    args: ['list-models'],
    rows: 40,
  },
  'validate-models': {
    title:
      'qwen-demo validate-models, while it asks: two verdicts, and the model that is tested now',
    args: ['validate-models', '-j', '1', '-m', 'qwen3-coder-plus,nope,qwen3-coder-flash'],
    rows: 40,
    // Within the third model the answers stop.
    faults: ['stall@chat#17+'],
    async play({ seen }) {
      await seen(/2 finished[^]*1 s, after/);
    },
  },
  session: {
    title: 'An interactive chat: a question, its answer, and the tokens of both',
    args: ['chat'],
    rows: 40,
    async play({ type, seen, exit }) {
      await seen(/> /);
      type('hello\r');
      await seen(/wrote: "hello"[^]*> /);
      type('/usage\r');
      await seen(/tokens/);
      type('/exit\r');
      await exit;
    },
  },
};

/** A picture, and the text in it. */
export interface Picture {
  svg: string;
  text: string;
}

/** Runs the command of a picture on a pseudo-terminal of 80 columns. */
export async function draw(story: Story): Promise<Picture> {
  const { args, rows, title, play, faults } = story;
  const sandbox = await startSandbox({ auto_approve: true, interval: 1, ...given({ faults }) });
  const signed_in = args[0] !== 'auth';
  const home = await createHome();
  try {
    const env = {
      HOME: home.path,
      COLORTERM: 'truecolor',
      ...sandbox.environment(signed_in ? 'key' : 'login'),
    };
    const shown = onTerminal(args, { env, cwd: home.path, rows });
    shown.terminal.write(`\u001B[2m$\u001B[0m qwen-demo ${args.map(quoted).join(' ')}\r\n`);
    await (play === undefined ? shown.exit : play(shown));
    const lines = await shown.screen();
    const svg = drawTerminal(shown.terminal, { title, rows: lines.length });
    // It may be asking still.
    shown.type('\u0003');
    await shown.exit;
    return { svg, text: lines.join('\n') };
  } finally {
    await home[Symbol.asyncDispose]();
    await sandbox.close();
  }
}

/**
 * The characters of a picture without what differs between two runs: numbers, codes, temporary folders,
 * the frame of a spinner, the probe that it is at, and where a message was cut.
 */
export function lastingIn(text: string): string {
  return text
    .replaceAll(/after [a-z]+|\w*…/g, '')
    .replaceAll(/[\s\u2800-\u28FF]/g, '')
    .replaceAll(/[A-Z]{4}-[A-Z]{4}/g, 'CODE')
    .replaceAll(/seed[\da-f]{8}/g, 'seed')
    .replaceAll(/qwen-demo-test-\w{6}/g, 'home')
    .replaceAll(/\d+/g, '0');
}

/** The characters that an SVG of {@link draw} shows. */
export function textIn(svg: string): string {
  const texts = [...svg.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].map(([, text = '']) => text);
  return texts.join('').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

const quoted = (word: string) => (/^[\w,-]+$/.test(word) ? word : `"${word}"`);
