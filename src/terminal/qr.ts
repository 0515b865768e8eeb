import { columnsOf } from './size.ts';
import { loadStyle } from './style.ts';
import type { OutputStream, Terminal } from './terminal.ts';

/** Light modules around the code. ISO/IEC 18004 asks for four; cameras make do with two. */
const QUIET_ZONE = 2;

/**
 * `text` as a QR code, two modules high and one wide to a character, in whole lines. Undefined where
 * it could not be scanned: `stream` is no terminal, or too narrow.
 */
export async function qrCode(
  stream: OutputStream,
  env: Terminal['env'],
  text: string,
): Promise<string | undefined> {
  if (stream.isTTY !== true) return undefined;
  const { renderUnicodeCompact } = await import('uqr');
  const lines = renderUnicodeCompact(text, { border: QUIET_ZONE }).split('\n');
  if (lines.some((line) => line.length > columnsOf(stream))) return undefined;
  // Light on dark whatever the terminal's colours are; without colours its own must do.
  const style = await loadStyle(stream, env);
  return lines.map((line) => `${style.bgBlack.whiteBright(line)}\n`).join('');
}
