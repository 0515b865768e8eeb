import { columnsOf, type OutputStream, type Terminal } from './terminal.ts';
import { loadStyle } from './style.ts';

/**
 * Whether the user can see a browser that is opened here: not in a pipe, a CI job or an SSH session,
 * not on Linux without a display, and not with `BROWSER=none`.
 * @param platform as `process.platform`
 */
export function canOpenBrowser({ env, stdin, stderr }: Terminal, platform: string): boolean {
  if (stdin.isTTY !== true || stderr.isTTY !== true) return false;
  if (env.BROWSER === 'none' || env.CI) return false;
  if (env.SSH_CONNECTION || env.SSH_CLIENT || env.SSH_TTY) return false;
  if (platform !== 'linux') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}

/**
 * Opens `url` in the user's browser, without a shell. The caller checks that it is https, or http on
 * loopback. Resolves to false when no browser could be started.
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

/** `url` as a hyperlink (OSC 8) when the stream is a terminal that supports it, else as plain text. */
export async function hyperlink(stream: OutputStream, url: string): Promise<string> {
  if (stream.isTTY !== true) return url;
  const { createSupportsHyperlinks } = await import('supports-hyperlinks');
  return createSupportsHyperlinks(stream)
    ? `\u001B]8;;${url}\u001B\\${url}\u001B]8;;\u001B\\`
    : url;
}

/** Light modules around the code. ISO/IEC 18004 requires four; cameras read it with two. */
const QUIET_ZONE = 2;

/**
 * `text` as the lines of a QR code. A character shows two modules, one above the other. Undefined when
 * `stream` is not a terminal or is too narrow, because the code could not be scanned there.
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
  // Light on dark, whatever the colors of the terminal are. Without color support its own remain.
  const style = await loadStyle(stream, env);
  return lines.map((line) => `${style.bgBlack.whiteBright(line)}\n`).join('');
}
