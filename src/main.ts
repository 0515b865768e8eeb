#!/usr/bin/env node
/**
 * The entry point. An old Node must be able to parse this file and its static imports: no syntax
 * later than ES2018 and no global later than Node 12. `--version` loads nothing else, because scripts
 * call it often.
 */
import { existsSync, mkdirSync } from 'node:fs';

/** `version` of package.json, and `engines.node` without `>=`. The build replaces them. */
declare const __VERSION__: string;
declare const __OLDEST_NODE__: string;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const [oldestMajor = 0, oldestMinor = 0] = __OLDEST_NODE__.split('.').map(Number);
const [first, ...others] = process.argv.slice(2);
if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  process.stderr.write(
    `error: qwen-demo needs Node ${__OLDEST_NODE__} or later, and this is Node ${process.versions.node}. ` +
      'Get a newer one from https://nodejs.org or with a version manager: nvm install 24\n',
  );
  process.exitCode = 2;
} else if (others.length === 0 && (first === '--version' || first === '-V')) {
  process.stdout.on('error', reportUnwritten);
  // Of a failure of stderr nobody can be told.
  process.stderr.on('error', () => {});
  process.stdout.write(`${__VERSION__}\n`);
} else {
  keepCompiled();
  void import('./program.ts').then(({ start }) => start(__VERSION__));
}

/**
 * Lets Node 22 and later keep the compiled code of the program: 10 % less CPU for a chat. Node's own place
 * for it is in the folder of temporary files, where another user could put other code.
 */
function keepCompiled(): void {
  const { env, platform, getBuiltinModule } = process;
  if (typeof getBuiltinModule !== 'function') return;
  if (env.NODE_COMPILE_CACHE || env.NODE_DISABLE_COMPILE_CACHE) return;
  // The types are those of Node 20.
  const { enableCompileCache } = getBuiltinModule('node:module') as {
    enableCompileCache?: (folder: string) => unknown;
  };
  if (typeof enableCompileCache !== 'function') return;
  const folder = cacheFolder(platform, env);
  if (folder !== undefined) enableCompileCache(folder);
}

/** Below the user's folder for caches; undefined where that is not known, or not an absolute path. */
function cacheFolder(platform: string, env: NodeJS.ProcessEnv): string | undefined {
  const [base, below] =
    platform === 'win32'
      ? [env.LOCALAPPDATA, '\\qwen-demo\\Cache\\node']
      : platform === 'darwin'
        ? [env.HOME, '/Library/Caches/qwen-demo/node']
        : env.XDG_CACHE_HOME
          ? [env.XDG_CACHE_HOME, '/qwen-demo/node']
          : [env.HOME, '/.cache/qwen-demo/node'];
  if (!base || !/^(?:\/|[A-Za-z]:[\\/])/.test(base)) return undefined;
  return existsSync(base + below) || canMake(base, below) ? base + below : undefined;
}

/** In /proc and below, where no folder can be made, Node would try for ever. */
function canMake(base: string, below: string): boolean {
  try {
    mkdirSync(base + below.split(/(?<=.)[\\/]/)[0]);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST';
  }
}

/** In short what program.ts does: a reader that has gone is 141, a disk that is full 8. */
function reportUnwritten(error: NodeJS.ErrnoException): void {
  process.exitCode = error.code === 'EPIPE' || error.code === 'EIO' ? 141 : 8;
  if (process.exitCode === 141) return;
  process.stderr.write(
    `error: Cannot write to standard output: ${error.message}\n  Check what it is redirected to.\n`,
  );
}
