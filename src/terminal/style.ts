import type { ChalkInstance } from 'chalk';
import type { OutputStream, Terminal } from './terminal.ts';

type Environment = Terminal['env'];

/**
 * The color level of a stream: 0 none, 1 16 colors, 2 256 colors, 3 all. `FORCE_COLOR` wins over
 * `NO_COLOR`, whose value does not matter, and both win over what the stream is.
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

/** Loads chalk with the color level of a stream. The import costs 17 ms. */
export async function loadStyle(stream: OutputStream, env: Environment): Promise<ChalkInstance> {
  const { Chalk } = await import('chalk');
  return new Chalk({ level: colorLevel(stream, env) });
}

/** What a text means, shown by its color. A word or a glyph always says it too. */
export type Tone = 'good' | 'bad' | 'warning' | 'quiet';

/** Colors a text by its meaning. */
export type Paint = (text: string, tone: Tone | undefined) => string;

/** Loads the colors of a stream; chalk only when the stream shows colors. */
export async function loadPaint(stream: OutputStream, env: Terminal['env']): Promise<Paint> {
  if (colorLevel(stream, env) === 0) return (text) => text;
  const { green, red, yellow, dim } = await loadStyle(stream, env);
  const tones = { good: green, bad: red, warning: yellow, quiet: dim };
  return (text, tone) => (tone === undefined ? text : tones[tone](text));
}
