/**
 * Runs before every script that needs the development packages, and needs none itself. npm does not
 * install them with NODE_ENV=production or omit=dev, and the script would end with "tsup: not found".
 * On a Node that is too old the script would end with a stack trace. Node 14 must be able to run this.
 */
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const { devDependencies, engines } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
);
const oldest = engines.node.replace('>=', '');
const [major, minor] = process.versions.node.split('.').map(Number);
const [oldestMajor, oldestMinor = 0] = oldest.split('.').map(Number);
const missing = Object.keys(devDependencies).filter(
  (name) => !existsSync(new URL(`node_modules/${name}/package.json`, root)),
);
if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
  console.error(
    `error: the scripts need Node ${oldest} or later, and this is Node ${process.versions.node}.\n` +
      '  Get a newer one from https://nodejs.org or with a version manager: nvm install 24',
  );
  process.exitCode = 2;
} else if (missing.length > 0) {
  const names = missing.length > 3 ? [...missing.slice(0, 3), '...'] : missing;
  console.error(
    `error: npm did not install ${missing.length} of the development packages: ${names.join(', ')}\n` +
      '  Run: npm ci --include=dev',
  );
  process.exitCode = 1;
}
