import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { columnsOf, inCi, type OutputStream, type Terminal } from './terminal.ts';
import { loadStyle } from './style.ts';

/** What the rules for a browser depend on. `platform` is as `process.platform`. */
interface Desktop {
  env: Terminal['env'];
  platform: string;
}

/**
 * Whether the user can see a browser that is opened here: not in a pipe or a CI job, and not with
 * `BROWSER=none`. Without a command in `BROWSER` also not in an SSH session, and not on Linux without
 * a display: the command knows how to reach a desktop elsewhere.
 * @param platform as `process.platform`
 */
export function canOpenBrowser({ env, stdin, stderr }: Terminal, platform: string): boolean {
  if (stdin.isTTY !== true || stderr.isTTY !== true || inCi(env)) return false;
  const [first] = namedBrowsers({ env, platform });
  if (first !== undefined) return first !== NO_BROWSER;
  if (env.SSH_CONNECTION || env.SSH_CLIENT || env.SSH_TTY) return false;
  if (platform !== 'linux') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY || env.WSL_DISTRO_NAME);
}

/**
 * Opens `url` in the user's browser, without a shell: with the first command of `BROWSER` that works,
 * or else as the system does it. The caller checks that the URL is https, or http on loopback
 * or at an issuer that is plain http itself.
 * Resolves to false when no browser could be started.
 */
export async function openBrowser(url: string, desktop: Desktop): Promise<boolean> {
  const named = namedBrowsers(desktop);
  for (const entry of named) {
    if (entry === NO_BROWSER) return false;
    if (await started(browserCommand(entry, url, desktop.platform))) return true;
  }
  if (named.length > 0) return false;
  const { default: open } = await import('open');
  try {
    await open(url);
    return true;
  } catch {
    return false;
  }
}

/** The entry of `BROWSER` that stands for no browser. */
const NO_BROWSER = 'none';

/** The entries of `BROWSER`, separated as in `PATH`. */
function namedBrowsers({ env, platform }: Desktop): string[] {
  const entries = (env.BROWSER ?? '').split(platform === 'win32' ? ';' : ':');
  return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
}

/**
 * The program and arguments of an entry of `BROWSER`, as Python's webbrowser and xdg-open read it:
 * words, quoted or not, `%s` for the URL; without `%s` the URL comes last. A file whose path has
 * spaces need not be quoted.
 */
export function browserCommand(entry: string, url: string, platform: string): string[] {
  // On Windows a backslash stands in paths and quotes nothing.
  const text = platform === 'win32' ? entry.replaceAll('\\', '\\\\') : entry;
  const split = () => (text.match(WORD) ?? []).map((word) => word.replace(QUOTED, unquoted));
  const words = isAbsolute(entry) && existsSync(entry) ? [entry] : split();
  if (!words.some((word) => word.includes('%s'))) return [...words, url];
  // A function, because `$&` in the URL would stand for the match.
  return words.map((word) => word.replaceAll('%s', () => url));
}

const WORD = /(?:[^\s"'\\]|\\.|"(?:\\.|[^"\\])*"|'[^']*'|["'\\])+/gs;
const QUOTED = /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs;

function unquoted(_: string, double?: string, single?: string, escaped?: string): string {
  return double?.replaceAll(/\\(["\\$`])/g, '$1') ?? single ?? escaped ?? '';
}

/** Milliseconds after which a command that still runs is a browser that shows the page. */
const STARTED = 1000;

/** Whether a command runs for {@link STARTED}, or ends well before. */
async function started([file = '', ...args]: string[]): Promise<boolean> {
  const { spawn } = await import('node:child_process');
  return new Promise((resolve) => {
    try {
      const child = spawn(file, args, { stdio: 'ignore', detached: true, shell: false });
      const timer = setTimeout(() => resolve(true), STARTED);
      child.once('error', () => resolve(false)).once('exit', (code) => resolve(code === 0));
      child.once('close', () => clearTimeout(timer)).unref();
    } catch {
      // Windows starts no batch file without a shell.
      resolve(false);
    }
  });
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
