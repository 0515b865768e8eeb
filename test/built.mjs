/**
 * Succeeds where the program is newer than all that it is made of: `npm ci` has just built it. Only the demo
 * skips a build then: times deceive where files were copied with theirs. Needs no package.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const MADE_OF = ['package.json', 'package-lock.json', 'tsup.config.ts', 'schemas', 'src', 'test'];

/** Milliseconds since the epoch. A folder counts too: a deletion changes nothing else. */
function lastChange(path) {
  const stat = statSync(path);
  const inside = stat.isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [];
  return Math.max(stat.mtimeMs, ...inside.map(lastChange));
}

function isBuilt() {
  try {
    // Without the development packages the build says what to do.
    statSync(join(root, 'node_modules/tsx'));
    const built = statSync(join(root, 'dist/main.cjs')).mtimeMs;
    return MADE_OF.every((name) => lastChange(join(root, name)) < built);
  } catch {
    return false;
  }
}

process.exitCode = isBuilt() ? 0 : 1;
