/**
 * Runs before every script that needs the packages of development, and needs none itself. npm leaves
 * them out with NODE_ENV=production or omit=dev, and the script would end with "tsup: not found".
 */
import { existsSync, readFileSync } from 'node:fs';

const root = new URL('../', import.meta.url);
const { devDependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
const missing = Object.keys(devDependencies).filter(
  (name) => !existsSync(new URL(`node_modules/${name}/package.json`, root)),
);
if (missing.length > 0) {
  const names = missing.length > 3 ? [...missing.slice(0, 3), '...'] : missing;
  console.error(
    `error: npm did not install ${missing.length} of the development packages: ${names.join(', ')}\n` +
      '  Run: npm ci --include=dev',
  );
  process.exitCode = 1;
}
