#!/usr/bin/env node
/** The entry. `--version`, which scripts ask for, needs nothing of the program behind it. */
import { VERSION } from './version.ts';

const [first, ...others] = process.argv.slice(2);
if (others.length === 0 && (first === '--version' || first === '-V')) {
  process.stdout.write(`${VERSION}\n`);
} else {
  void import('./program.ts');
}
