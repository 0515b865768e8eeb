import { opendir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sanitize } from '../../../terminal/sanitize.ts';
import type { Context } from '../../context.ts';
import { pathParser } from '../../paths.ts';
import { completeCommand } from './slash-commands.ts';

/** What replaces the end of a line, and the end that is replaced. */
export type Completions = [candidates: string[], end: string];

/** The names that can be completed. */
export interface CompletionSources extends Pick<Context, 'env'> {
  models(): Promise<string[]>;
  conversations(): Promise<string[]>;
}

/** Commands whose argument is a path. */
const WITH_PATH = new Set(['file', 'image', 'save']);
/** `/word argument` */
const COMMAND_LINE = /^\/([a-z]+)\s+([^]*)$/i;
/** `@` and a path at the end of a line. */
const MENTION = /(?:^|\s)@("[^"]*|'[^']*|(?:\\.|[^\s\\"'])*)$/;

/** Completes a slash command, its argument, or a path after `@`, at the end of `line`. */
export async function completeLine(line: string, sources: CompletionSources): Promise<Completions> {
  if (/^\/[a-z]*$/i.test(line)) return [completeCommand(line), line];
  const [, command, argument = ''] = COMMAND_LINE.exec(line) ?? [];
  const name = command?.toLowerCase();
  if (name === 'model') return beginning(argument, await sources.models());
  if (name === 'load') return beginning(argument, await sources.conversations());
  if (name !== undefined && WITH_PATH.has(name)) return completePath(argument, sources);
  const [, path] = MENTION.exec(line) ?? [];
  return path === undefined ? [[], line] : completePath(path, sources);
}

function beginning(start: string, names: readonly string[]): Completions {
  const fitting = names.filter((name) => name.startsWith(start) && sanitize(name) === name);
  return [[...new Set(fitting)], start];
}

/** Entries of a folder that are looked at, and candidates: a folder can have a million entries. */
const MOST_ENTRIES = 20_000;
const MOST_CANDIDATES = 500;

/** Paths as {@link pathArgument} reads them: between quotes, or with a backslash before a space. */
async function completePath(end: string, { env }: Pick<Context, 'env'>): Promise<Completions> {
  const [quote = ''] = /^["']/.exec(end) ?? [];
  const typed = end.slice(quote.length);
  // The argument of a command may have spaces without a backslash.
  const plain = quote !== '' || /(?:^|[^\\]) /.test(typed);
  const read = (text: string) => (plain ? text : text.replaceAll(/\\([ '"()&])/g, '$1'));
  const write = (text: string) => (plain ? text : text.replaceAll(/[ '"()&]/g, '\\$&'));
  const cut = typed.lastIndexOf('/') + 1;
  const [folder, start] = [typed.slice(0, cut), read(typed.slice(cut))];
  if (folder === '' && start === '~') return [[`${quote}~/`], end];
  try {
    const path = folder === '' ? '.' : pathParser({ env })(read(folder));
    const names = await entriesOf(path, start);
    return [names.map((name) => quote + folder + write(name)), end];
  } catch {
    return [[], end];
  }
}

/** The entries whose names begin with `start`; folders end with a slash. */
async function entriesOf(folder: string, start: string): Promise<string[]> {
  const found: string[] = [];
  let seen = 0;
  for await (const entry of await opendir(folder)) {
    const { name } = entry;
    seen += 1;
    if (seen > MOST_ENTRIES || found.length === MOST_CANDIDATES) break;
    if (!name.startsWith(start) || sanitize(name) !== name) continue;
    if (name.startsWith('.') && !start.startsWith('.')) continue;
    const target = entry.isSymbolicLink()
      ? await stat(join(folder, name)).catch(() => entry)
      : entry;
    found.push(target.isDirectory() ? `${name}/` : name);
  }
  return found.toSorted();
}
