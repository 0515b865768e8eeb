import type { Terminal } from './terminal.ts';

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
