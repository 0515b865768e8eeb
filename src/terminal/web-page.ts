import { columnsOf, type OutputStream, type Terminal } from './terminal.ts';
import { loadStyle } from './style.ts';

/** Why no browser is opened, to follow "No browser was opened:"; undefined when one may be. */
export function browserObstacle(terminal: Terminal, platform: string): string | undefined {
  const { env, stdin, stderr } = terminal;
  if (stdin.isTTY !== true || stderr.isTTY !== true) return 'there is no terminal';
  if (env.BROWSER === 'none') return 'BROWSER is "none"';
  if (env.CI) return 'this is a CI';
  if (env.SSH_CONNECTION || env.SSH_CLIENT || env.SSH_TTY) return 'this is an SSH session';
  if (platform === 'linux' && !env.DISPLAY && !env.WAYLAND_DISPLAY && !env.WSL_DISTRO_NAME) {
    return 'there is no display';
  }
  return undefined;
}

/**
 * Opens `url` in the user's browser, without a shell. The caller has made sure that it is https, or
 * http on loopback. Resolves to false when no browser could be started.
 */
export async function openBrowser(url: string): Promise<boolean> {
  const { default: open } = await import('open');
  try {
    await open(url);
    return true;
  } catch {
    return false;
  }
}

/** `url` as a link (OSC 8) where the stream is a terminal that knows them, else as plain text. */
export async function hyperlink(stream: OutputStream, url: string, text = url): Promise<string> {
  if (stream.isTTY !== true) return text;
  const { createSupportsHyperlinks } = await import('supports-hyperlinks');
  return createSupportsHyperlinks(stream)
    ? `\u001B]8;;${url}\u001B\\${text}\u001B]8;;\u001B\\`
    : text;
}

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
