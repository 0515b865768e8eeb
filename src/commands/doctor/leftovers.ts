import type { Stats } from 'node:fs';
import { lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { identify, type Owner, ownerIn, stateOf } from '../../core/files/owner.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { Context } from '../context.ts';
import { findOwnFiles } from '../paths.ts';
import { relativeTime } from '../time.ts';
import { type Finding, ok, warning } from './finding.ts';

/** Milliseconds after which a lock or a temporary file is old: a write or a refresh takes less. */
const OLD_MS = 60_000;

/** Names shown of each kind of leftover. */
const MOST_SHOWN = 3;

/** Locks and temporary files that processes have left, in the folders where this program writes. */
export async function checkLeftovers(context: Context, settings: Settings): Promise<Finding[]> {
  const files = await filesOf(context, settings);
  const me = await identify(context.self, '');
  const locks = files.filter(({ path }) => path.endsWith('.lock'));
  const found = await Promise.all(locks.map((lock) => describeLock(context, me, lock)));
  const left = found.filter((text) => text !== undefined);
  const temporary = files.filter(
    ({ path, stats }) => path.endsWith('.tmp') && isOld(context, stats),
  );
  if (left.length === 0 && temporary.length === 0) {
    return [ok('files', 'no lock and no temporary file is left')];
  }
  return [
    ...(left.length === 0
      ? []
      : [
          warning(
            'files',
            `a lock is left: ${some(left)}`,
            'Nothing is to be done for a process that has ended: the next command takes its lock over.',
          ),
        ]),
    ...(temporary.length === 0
      ? []
      : [
          warning(
            'files',
            `a write did not finish: ${some(temporary.map(({ path }) => basename(path)))}`,
            'The next save deletes them. To finish that of a login:\n  qwen-demo auth status',
          ),
        ]),
  ];
}

interface Found {
  path: string;
  stats: Stats;
}

/** Everything in the folders of the program; beside a login elsewhere only what belongs to it. */
async function filesOf({ env }: Context, { credentials }: Settings): Promise<Found[]> {
  const own = findOwnFiles(env);
  const folders = own === undefined ? [] : [own.folder, own.conversations];
  const login = credentials?.value;
  const beside =
    login === undefined || folders.includes(dirname(login))
      ? []
      : (await pathsIn(dirname(login))).filter((path) =>
          basename(path).startsWith(basename(login).replace(/\.json$/, '.')),
        );
  const paths = [...(await Promise.all(folders.map(pathsIn))).flat(), ...beside];
  const left = paths.filter((path) => /\.(lock|tmp)$/.test(path));
  const all = await Promise.all(
    left.map(async (path) => ({ path, stats: await lstat(path).catch(() => undefined) })),
  );
  return all.flatMap(({ path, stats }) => (stats === undefined ? [] : [{ path, stats }]));
}

async function pathsIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch((): string[] => []))
    .toSorted()
    .map((name) => join(folder, name));
}

/** Undefined for a lock that is in use. A REPL holds that of its conversation as long as it runs. */
async function describeLock(context: Context, me: Owner, { path, stats }: Found) {
  const name = basename(path);
  // The lock of Qwen Code is a file, ours in its place an empty folder; neither names a process.
  const text = stats.isFile() ? await readFile(path, 'utf8').catch(() => '') : '';
  const owner = ownerIn(text);
  const state = owner === undefined ? 'unknown' : await stateOf(owner, me, context.self);
  if (state === 'dead') return `${name} of process ${owner?.pid}, which has ended`;
  const of_conversation = basename(dirname(path)) === 'conversations';
  if (!isOld(context, stats) || (state === 'alive' && of_conversation)) return undefined;
  const since = relativeTime(stats.mtimeMs, context.clock.now());
  if (state === 'alive') return `${name} of process ${owner?.pid}, which runs, made ${since}`;
  return `${name}, made ${since}`;
}

const isOld = ({ clock }: Context, { mtimeMs }: Stats) => clock.now() - mtimeMs > OLD_MS;

function some(texts: readonly string[]): string {
  const more = texts.length - MOST_SHOWN;
  return `${texts.slice(0, MOST_SHOWN).join('; ')}${more > 0 ? `; and ${more} more` : ''}`;
}
