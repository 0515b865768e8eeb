import { lstat } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { readHead } from './head.ts';
import { textOf } from './text.ts';

/** In bytes: a `.gitignore` that is larger is not read. */
const RULES_CAP = 2 ** 20;

/** What git leaves out of one folder (gitignore(5)). */
export interface IgnoreRules {
  /** Whether an entry of the folder is left out. */
  ignores(name: string, isFolder: boolean): boolean;
  /** The rules of a folder in it, together with its own `.gitignore`. */
  enter(name: string): Promise<IgnoreRules>;
}

/**
 * The rules for a folder: `.gitignore` of the folder and of those above it up to that of the
 * repository, and `info/exclude`. Outside of a repository, and in a folder that is itself ignored,
 * the rules begin with the folder: whoever names it wants what is in it. The user's own settings of
 * git are not read, so that the result is the same on every machine.
 */
export async function ignoreRulesOf(folder: string): Promise<IgnoreRules> {
  const start = resolve(folder);
  const top = await repositoryOf(start);
  if (top === undefined) return rulesOf(start, '', await ownRules(start, '', []));
  let patterns = await ownRules(top, '', await excludesOf(top));
  let path = '';
  for (const name of relative(top, start).split(sep).filter(Boolean)) {
    const above = rulesOf(top, path, patterns);
    path += `${name}/`;
    if (above.ignores(name, true)) {
      const at = `${relative(top, start).split(sep).join('/')}/`;
      return rulesOf(top, at, await ownRules(top, at, []));
    }
    patterns = await ownRules(top, path, patterns);
  }
  return rulesOf(top, path, patterns);
}

/** The rules of the folder `at`, which is relative to `top` and ends with a slash, or is ''. */
function rulesOf(
  top: string,
  at: string,
  patterns: readonly string[],
  matcher: Ignore = ignore({ ignorecase: false }).add(patterns),
): IgnoreRules {
  return {
    ignores: (name, isFolder) => matcher.ignores(`${at}${name}${isFolder ? '/' : ''}`),
    async enter(name) {
      const below = `${at}${name}/`;
      const all = await ownRules(top, below, patterns);
      return rulesOf(top, below, all, all === patterns ? matcher : undefined);
    },
  };
}

/** These rules, and those of the `.gitignore` in the folder `at`, which have precedence. */
async function ownRules(
  top: string,
  at: string,
  inherited: readonly string[],
): Promise<readonly string[]> {
  const own = await readRules(join(top, at, '.gitignore'));
  return own.length === 0 ? inherited : [...inherited, ...own.map((rule) => ruleBelow(at, rule))];
}

async function readRules(path: string): Promise<string[]> {
  const head = await readHead(path, RULES_CAP);
  const text = head && head.size <= RULES_CAP ? textOf(head.bytes) : undefined;
  return (text ?? '').split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
}

/** A rule of the folder `at` as a rule of the top folder: one without a slash holds at every depth. */
function ruleBelow(at: string, rule: string): string {
  if (at === '') return rule;
  const [, not = '', pattern = ''] = /^(!?)([^]*)$/.exec(rule) ?? [];
  const anchored = /\/./.test(pattern.trimEnd());
  const folder = at.replaceAll(/[\\*?[]/g, String.raw`\$&`);
  return `${not}/${folder}${anchored ? pattern.replace(/^\//, '') : `**/${pattern}`}`;
}

/** The folder that holds `.git`: this one or one above it. */
async function repositoryOf(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    if (await lstat(join(at, '.git')).catch(() => undefined)) return at;
    if (dirname(at) === at) return undefined;
  }
}

/** The rules of `info/exclude`. In a worktree or submodule `.git` is a file that names its folder. */
async function excludesOf(top: string): Promise<string[]> {
  const place = join(top, '.git');
  const firstLine = async (path: string) =>
    (await readHead(path, 4096))?.bytes.toString('utf8').split(/\r?\n/)[0];
  const named = /^gitdir: (.+)$/.exec((await firstLine(place)) ?? '')?.[1];
  const own = named === undefined ? place : resolve(top, named);
  const common = resolve(own, (await firstLine(join(own, 'commondir'))) ?? '.');
  return readRules(join(common, 'info', 'exclude'));
}
