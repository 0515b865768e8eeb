import type { Stats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { requireQwenLock } from '../../core/credentials/qwen-lock.ts';
import { QwenDemoError } from '../../core/errors.ts';
import { readOwnFile } from '../../core/files/own-file.ts';
import { identify, type Owner, ownerIn, stateOf } from '../../core/files/owner.ts';
import { SETTING_HOME, SETTING_LOGIN } from '../../core/files/storage-error.ts';
import type { OwnFiles } from '../../core/settings/files.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { findOwnFiles } from '../paths.ts';
import { relativeTime } from '../time.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { namesIn } from './folder.ts';

/** Milliseconds after which a lock or a temporary file is old: a write or a refresh takes less. */
const OLD_MS = 60_000;

/** Names shown of each kind of leftover. */
const MOST_SHOWN = 3;

/** Locks and temporary files that processes have left, in the folders where this program writes. */
export async function checkLeftovers(context: Context, settings: Settings): Promise<Finding[]> {
  const { files, unlisted } = await filesOf(context, settings);
  const me = await identify(context.self, '');
  const locks = files.filter(({ path }) => path.endsWith('.lock'));
  const found = await Promise.all(
    locks.map(async (lock) => {
      const wrong = await refusalOf(context, settings, lock.path);
      return wrong === undefined ? { left: await describeLock(context, me, lock) } : { wrong };
    }),
  );
  const wrong = found.flatMap((lock) => lock.wrong ?? []);
  const left = found.flatMap((lock) => lock.left ?? []);
  const temporary = files.filter(
    ({ path, stats }) => path.endsWith('.tmp') && isOld(context, stats),
  );
  const findings = [...unlisted, ...wrong];
  if (left.length > 0) {
    const hint =
      'Nothing is to be done for a process that has ended: the next command takes its lock over.';
    findings.push(warning('files', `a lock is left: ${some(left)}`, hint));
  }
  if (temporary.length > 0) {
    const names = some(temporary.map(({ path }) => basename(path)));
    const hint = 'The next save deletes them. To finish that of a login:\n  qwen-demo auth status';
    findings.push(warning('files', `a write did not finish: ${names}`, hint));
  }
  return findings.length > 0 ? findings : [ok('files', 'no lock and no temporary file is left')];
}

interface Found {
  path: string;
  stats: Stats;
}

/** Everything in the folders of the program; beside a login elsewhere only what belongs to it. */
async function filesOf({ env }: Context, { credentials }: Settings) {
  const own = findOwnFiles(env);
  const folders = own === undefined ? [] : [own.folder, own.conversations];
  const login = credentials?.value;
  const besideLogin =
    login === undefined || folders.includes(dirname(login)) ? undefined : dirname(login);
  const lists = await Promise.all(folders.map((folder) => namesIn(folder)));
  const beside = besideLogin === undefined ? [] : [await namesIn(besideLogin, SETTING_LOGIN)];
  const start = basename(login ?? '').replace(/\.json$/, '.');
  const paths = [
    ...lists.flatMap(({ names }, at) => names.map((name) => join(folders[at] ?? '', name))),
    ...beside.flatMap(({ names }) =>
      names.filter((name) => name.startsWith(start)).map((name) => join(besideLogin ?? '', name)),
    ),
  ];
  const left = paths.filter((path) => /\.(lock|tmp)$/.test(path));
  const all = await Promise.all(
    left.map(async (path) => ({ path, stats: await lstat(path).catch(() => undefined) })),
  );
  return {
    files: all.flatMap(({ path, stats }) => (stats === undefined ? [] : [{ path, stats }])),
    unlisted: [...lists, ...beside].flatMap(({ unlisted }) => unlisted ?? []),
  };
}

/** What each command says that takes this lock, when something else stands in its place. */
async function refusalOf(
  { env, clock }: Context,
  { auth, credentials }: Settings,
  path: string,
): Promise<Finding | undefined> {
  const login = auth.method === 'oauth' ? credentials?.value.replace(/\.json$/, '') : undefined;
  const own = findOwnFiles(env);
  try {
    if (isQwenLock(path, own)) await requireQwenLock({ path, clock });
    else
      await readOwnFile({ path, clock, setting: isOfLogin(path) ? SETTING_LOGIN : SETTING_HOME });
    return undefined;
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    const used = [own?.config_lock, `${login}.lock`, `${login}.qwen-demo.lock`].includes(path);
    return used ? problem('files', error) : warning('files', error.message, error.hint);
  }
}

const isQwenLock = (path: string, own: OwnFiles | undefined) =>
  path !== own?.config_lock && !isOfLogin(path) && !isOfConversation(path, own);

const isOfLogin = (path: string) => path.endsWith('.qwen-demo.lock');

const isOfConversation = (path: string, own: OwnFiles | undefined) =>
  dirname(path) === own?.conversations;

/** Undefined for a lock that is in use. A REPL holds that of its conversation as long as it runs. */
async function describeLock(context: Context, me: Owner, { path, stats }: Found) {
  const name = basename(path);
  // The lock of Qwen Code is a file, ours in its place an empty folder; neither names a process.
  const text = stats.isFile() ? await readFile(path, 'utf8').catch(() => '') : '';
  const owner = ownerIn(text);
  const state = owner === undefined ? 'unknown' : await stateOf(owner, me, context.self);
  if (state === 'dead') return `${name} of process ${owner?.pid}, which has ended`;
  const isOpen = state === 'alive' && isOfConversation(path, findOwnFiles(context.env));
  if (isOpen || !isOld(context, stats)) return undefined;
  const since = relativeTime(stats.mtimeMs, context.clock.now());
  if (state === 'alive') return `${name} of process ${owner?.pid}, which runs, made ${since}`;
  return `${name}, made ${since}`;
}

const isOld = ({ clock }: Context, { mtimeMs }: Stats) => clock.now() - mtimeMs > OLD_MS;

function some(texts: readonly string[]): string {
  const more = texts.length - MOST_SHOWN;
  return `${texts.slice(0, MOST_SHOWN).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
