import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const VERSION = '0.24.4';

/** Outside the repository: 240 MB that only these tests need. Made once, then found again. */
const cache = join(tmpdir(), `qwen-demo-test-qwen-code-${VERSION}`);

/** Qwen Code as it is published, and the Node it asks for. */
export interface QwenCode {
  /** A Node 22. */
  node: string;
  /** The module of the package that holds its token code, exported by name. */
  tokens: string;
}

/** @throws the error of `npm install` when the package cannot be had */
export function installQwenCode(): QwenCode {
  const node = join(cache, 'node_modules/node/bin/node');
  const chunks = join(cache, 'node_modules/@qwen-code/qwen-code/chunks');
  if (!existsSync(node) || !existsSync(chunks)) {
    const wanted = [`@qwen-code/qwen-code@${VERSION}`, 'node@22'];
    const quiet = ['--no-audit', '--no-fund', '--omit=optional', '--loglevel=error'];
    execFileSync('npm', ['install', '--prefix', cache, ...quiet, ...wanted], { stdio: 'inherit' });
  }
  const holdsTokenCode = (name: string) =>
    readFileSync(join(chunks, name), 'utf8').includes('var SharedTokenManager = class');
  const chunk = readdirSync(chunks).find(holdsTokenCode);
  if (chunk === undefined) throw new Error(`Qwen Code ${VERSION} has no SharedTokenManager`);
  return { node, tokens: join(chunks, chunk) };
}
