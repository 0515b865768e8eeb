import type { ChalkInstance } from 'chalk';
import type { OutputStream, Terminal } from './terminal.ts';

type Environment = Terminal['env'];

/**
 * How many colours a stream shows: 0 none, 1 sixteen, 2 256, 3 all. `FORCE_COLOR` beats `NO_COLOR`,
 * which counts by its presence, and both beat what the stream is.
 */
export function colorLevel(stream: OutputStream, env: Environment): 0 | 1 | 2 | 3 {
  const force = env.FORCE_COLOR;
  if (force !== undefined) {
    if (force === '0' || force === 'false') return 0;
    return force === '2' ? 2 : force === '3' ? 3 : 1;
  }
  if (env.NO_COLOR !== undefined || env.TERM === 'dumb' || stream.isTTY !== true) return 0;
  if (env.COLORTERM === 'truecolor' || env.COLORTERM === '24bit') return 3;
  return env.TERM?.includes('256') ? 2 : 1;
}

/** chalk for one stream, loaded only when something is about to be coloured. */
export async function loadStyle(stream: OutputStream, env: Environment): Promise<ChalkInstance> {
  const { Chalk } = await import('chalk');
  return new Chalk({ level: colorLevel(stream, env) });
}

/** What a text means; the colour follows from it. Never the only sign: a word or a glyph says it too. */
export type Tone = 'good' | 'bad' | 'warning' | 'quiet';

export type Paint = (text: string, tone: Tone | undefined) => string;

/** The colours of one stream, loaded only where it shows any. */
export async function loadPaint(stream: OutputStream, env: Terminal['env']): Promise<Paint> {
  if (colorLevel(stream, env) === 0) return (text) => text;
  const { green, red, yellow, dim } = await loadStyle(stream, env);
  const tones = { good: green, bad: red, warning: yellow, quiet: dim };
  return (text, tone) => (tone === undefined ? text : tones[tone](text));
}
