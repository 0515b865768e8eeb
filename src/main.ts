#!/usr/bin/env node
/**
 * The entry. An old Node must be able to read it and what it imports: no syntax later than ES2018
 * and no global that came after Node 12. `--version`, which scripts ask for, needs nothing of the
 * program behind it.
 */
import { VERSION } from './version.ts';

/** `engines.node` of package.json without its `>=`. Put in by the build. */
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
  process.stdout.write(`${VERSION}\n`);
} else {
  void import('./program.ts');
}
