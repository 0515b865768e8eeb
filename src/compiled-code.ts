/**
 * Compiled code that is kept between runs. It saves 20 of the 85 ms of CPU of a chat, on Node 20 as on 24.
 * `module.enableCompileCache` of Node 22 saves 4 ms: it keeps the functions that are compiled when a file is
 * loaded, and this cache also those that are compiled when they first run.
 */
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { cachedDataVersionTag } from 'node:v8';
import { Script } from 'node:vm';

/** Stands for the content of all files of the program. The build replaces it. */
declare const __BUILD__: string;

/** Compiled code by the name of its file. */
type Kept = Map<string, Uint8Array>;

/** What Node puts around a CommonJS file. */
const [BEFORE, AFTER] = ['(function (exports, require, module, __filename, __dirname) {', '\n})'];
/** Milliseconds after which the code of another build is deleted: 30 days. */
const OLD_MS = 30 * 24 * 60 * 60 * 1000;
/** Bytes of a file of kept code at most. */
const LARGEST = 16 * 1024 * 1024;
const PIECE = 64 * 1024;
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants;

/**
 * Keeps the compiled code of the files that a command loads, in one file for each command. The first run of a
 * build only makes its folder: where a home is used once, as in CI, nothing more is spent.
 * @param first the first word of a command line that does not ask for help
 */
export function keepCompiledCode(first = ''): void {
  const [base, ...folders] = cacheFolders();
  const folder = folders.at(-1);
  if (base === undefined || folder === undefined) return;
  const command = /^[a-z][a-z-]*$/.test(first) ? first : 'chat';
  try {
    if (folders.every(isOurs)) keepIn(join(folder, command));
    else makeFolders(base, folders);
  } catch {
    // A file in place of a folder, or a folder that cannot be looked into: the program runs without.
  }
}

function keepIn(path: string): void {
  const kept = readKept(path);
  const compiled = compileWith(kept);
  const tag = cachedDataVersionTag();
  process.once('exit', (code) => {
    // With flags that were set since, V8 would refuse the code in the next run.
    if (code !== 0 || compiled.size === 0 || cachedDataVersionTag() !== tag) return;
    for (const [name, script] of compiled) kept.set(name, script.createCachedData());
    try {
      writeKept(path, kept);
    } catch {
      // The folder has gone, or cannot be written to any more.
    }
  });
}

/** Makes `require` compile the files beside this one with the kept code. Returns those that had none. */
function compileWith(kept: Kept): Map<string, Script> {
  const compiled = new Map<string, Script>();
  const { extensions } = createRequire(__filename);
  extensions['.cjs'] = (module, path) => {
    const [folder, name] = [dirname(path), basename(path)];
    if (folder !== __dirname) {
      extensions['.js']?.(module, path);
      return;
    }
    const script = new Script(BEFORE + readFileSync(path, 'utf8') + AFTER, {
      filename: path,
      columnOffset: -BEFORE.length,
      cachedData: kept.get(name),
    });
    // V8 compares its version, its flags and the length of the file.
    if (script.cachedDataRejected !== false) compiled.set(name, script);
    const load = (id: string): unknown => module.require(id);
    const run = script.runInThisContext() as (...values: unknown[]) => void;
    run.call(module.exports, module.exports, load, module, path, folder);
  };
  return compiled;
}

/** The user's folder, and those in it down to that of this build; empty where nothing is to be kept. */
function cacheFolders(): string[] {
  const { env, platform, version, arch } = process;
  const [base, ...names] =
    platform === 'win32'
      ? [env.LOCALAPPDATA, 'qwen-demo', 'Cache', 'node']
      : [cacheHome(platform === 'darwin' ? 'Library/Caches' : '.cache'), 'qwen-demo', 'node'];
  const disabled = env.NODE_DISABLE_COMPILE_CACHE || env.NODE_COMPILE_CACHE || env.NODE_V8_COVERAGE;
  if (disabled || !base || !isAbsolute(base)) return [];
  let folder = base;
  const below = [...names, `${__BUILD__}-${version}-${arch}`];
  return [base, ...below.map((name) => (folder = join(folder, name)))];
}

function cacheHome(below: string): string | undefined {
  const { XDG_CACHE_HOME, HOME } = process.env;
  if (XDG_CACHE_HOME && process.platform !== 'darwin') return XDG_CACHE_HOME;
  return HOME && join(HOME, below);
}

/** Windows has no ids of users: 0, as `uid` of a file there. */
const uid = () => process.getuid?.() ?? 0;

/** Whether it is a folder that only the user writes to: what others put there would be run. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  const others = process.getuid ? (found?.mode ?? 0) & 0o022 : 0;
  return found?.isDirectory() === true && found.uid === uid() && others === 0;
}

/**
 * Makes the folders that are missing, and deletes those of builds that last wrote long ago. In the home of
 * another user, as `sudo` can leave it, nothing is made: that user could not write there any more.
 */
function makeFolders(base: string, folders: readonly string[]): void {
  const isThere = existsSync(base);
  if (statSync(isThere ? base : dirname(base)).uid !== uid()) return;
  for (const folder of isThere ? folders : [base, ...folders]) {
    if (!isOurs(folder)) mkdirSync(folder, { mode: 0o700 });
  }
  const parent = dirname(folders.at(-1) ?? '');
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    const age = Date.now() - lstatSync(path).mtimeMs;
    if (age > OLD_MS) rmSync(path, { recursive: true });
  }
}

/** The file is a line of JSON, `[[name, length in bytes], ...]`, and the code of each name in this order. */
function readKept(path: string): Kept {
  try {
    const bytes = readChecked(path);
    const end = bytes.indexOf('\n');
    const parts = JSON.parse(bytes.toString('utf8', 0, end)) as [name: string, length: number][];
    let start = end + 1;
    return new Map(parts.map(([name, length]) => [name, bytes.subarray(start, (start += length))]));
  } catch {
    return new Map();
  }
}

/**
 * The file holds its content twice. V8 has no checksum, one wrong bit of code crashes it, and to compare takes
 * 0.3 ms, where a checksum has to load a module.
 * @throws when there is no file of ours, or its halves differ
 */
function readChecked(path: string): Buffer {
  // Without waiting for a FIFO, and not at the end of a link. Windows has neither flag: `undefined` counts as 0.
  const file = openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  try {
    const found = fstatSync(file);
    if (!found.isFile() || found.uid !== uid() || found.size > LARGEST) throw new Error('Not ours');
    const half = found.size / 2;
    const bytes = Buffer.allocUnsafe(half);
    readSync(file, bytes, 0, half, 0);
    const piece = Buffer.allocUnsafe(PIECE);
    for (let at = 0; at < half; at += PIECE) {
      const length = readSync(file, piece, 0, Math.min(PIECE, half - at), half + at);
      if (piece.compare(bytes, at, at + length, 0, length) !== 0) throw new Error('Damaged');
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/** Replaces the file. The code is on the disk before it gets its name. */
function writeKept(path: string, kept: Kept): void {
  const temporary = `${path}.${process.pid}`;
  const parts = [...kept].map(([name, code]) => [name, code.length]);
  const once = Buffer.concat([Buffer.from(`${JSON.stringify(parts)}\n`), ...kept.values()]);
  const bytes = Buffer.concat([once, once]);
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      if (writeSync(file, bytes) !== bytes.length) throw new Error('A part was written');
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch {
    rmSync(temporary, { force: true });
  }
}
