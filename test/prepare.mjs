/**
 * Builds after an installation from a clone or from a git URL, so that the command exists. npm runs this
 * also where the development packages are not wanted (NODE_ENV=production, omit=dev): then nothing is
 * built, and the installation does not fail. Node 14 must be able to run this.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, unlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function npm(...args) {
  const { npm_execpath: path, ...env } = process.env;
  delete env.npm_config_global;
  const [command, first] = path === undefined ? ['npm', []] : [process.execPath, [path]];
  const { status } = spawnSync(command, [...first, ...args], { cwd: root, env, stdio: 'inherit' });
  if (status !== 0) process.exit(status === null ? 1 : status);
}

/**
 * `npm install -g GIT_URL` (npm 7 to 11) installs what a clone needs with -g too: the packages are
 * missing, and a link to the clone, which npm then deletes, takes the place of the program. This runs
 * once behind that link, and once before npm packs the clone.
 */
function repairGlobalClone() {
  if (!hasPackages()) npm('ci', '--include=dev', '--ignore-scripts', '--no-audit', '--no-fund');
  const { name } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // The first time: npm is not done with the link.
  if (process.env.INIT_CWD === root) return;
  for (const folder of ['lib/node_modules', 'node_modules']) {
    const link = join(process.env.npm_config_prefix || '', folder, name);
    try {
      if (realpathSync(link) !== realpathSync(root)) continue;
      unlinkSync(link);
      // npm has made this folder before, and unpacks the program into it.
      mkdirSync(link);
    } catch {
      // There is none, or it is not a link.
    }
  }
}

const hasPackages = () => existsSync(join(root, 'node_modules/tsup/package.json'));
// What is installed from a git URL needs the types of the library, too.
const isGitUrl = /[\\/]git-clone\w+$/.test(root);
if (isGitUrl && process.env.npm_config_global === 'true') repairGlobalClone();
// Before a package is packed, npm runs `prepack` and then this.
const isPacked = ['pack', 'publish'].includes(process.env.npm_command);
if (hasPackages() && !isPacked) npm('run', '--silent', isGitUrl ? 'prepack' : 'build');
