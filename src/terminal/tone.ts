import { colorLevel, loadStyle } from './style.ts';
import type { OutputStream, Terminal } from './terminal.ts';

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
