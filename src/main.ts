#!/usr/bin/env node
/**
 * The entry point. An old Node must be able to parse this file and its static imports: no syntax
 * later than ES2018 and no global later than Node 12. `--version` loads nothing else, because scripts
 * call it often.
 */

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
  printVersion();
} else {
  const words = others.includes('--') ? [first] : [first, ...others];
  // Help needs little code, and must not become what is kept of a command.
  const asksForHelp =
    first === undefined ||
    first === 'help' ||
    words.some((word) => word === '--help' || word === '-h');
  const prepared = asksForHelp
    ? Promise.resolve()
    : import('./v8.ts').then(({ prepareV8 }) => prepareV8(first));
  void prepared.then(() => import('./program.ts')).then(({ start }) => start(__VERSION__));
}

/** Without the stream of Node, which takes 3 of 30 ms to load. */
function printVersion(): void {
  const text = `${__VERSION__}\n`;
  try {
    process.getBuiltinModule('node:fs').writeSync(1, text);
  } catch {
    // A pipe that is full now, or a failure that is reported below.
    process.stdout.on('error', reportUnwritten);
    // Of a failure of stderr nobody can be told.
    process.stderr.on('error', () => {});
    process.stdout.write(text);
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
