import type { ConversationStore } from '../../core/conversation/store.ts';
import { textOf, transcript } from '../../core/conversation/transcript.ts';
import { StorageError } from '../../core/errors.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { loadMarkdown } from '../../terminal/markdown/stream.ts';
import { loadTableFormat } from '../../terminal/table.ts';
import { safeFor } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { absoluteTime } from '../time.ts';
import { conversationStore, loadConversation, noConversation } from './conversation.ts';

/** Lists, prints or deletes conversations; no request is sent. */
export type StoredTask =
  | ({ action: 'list' } & OutputFormat)
  | ({ action: 'search'; text: string } & OutputFormat)
  /** `markdown` renders it on a terminal. */
  | ({ action: 'show'; name: string; markdown: boolean } & OutputFormat)
  /** `ask` asks first, at a terminal. */
  | { action: 'delete'; name: string; ask: boolean };

interface OutputFormat {
  json: boolean;
  /** Makes the text safe for terminals also in a pipe. */
  sanitize: boolean;
}

interface Summary {
  name: string;
  /** Undefined if the conversation cannot be read. */
  turns: number | undefined;
  /** Milliseconds since the epoch. */
  updated_at: number;
  /** Bytes of its file. */
  size: number;
  model: string | undefined;
  /** The beginning of the first question, or why the conversation cannot be read. */
  begins: string;
}

/** Characters of the first question in a list. */
const LONGEST_BEGINNING = 200;

const beginningOf = (text: string) =>
  text
    .trim()
    .slice(0, LONGEST_BEGINNING)
    // Half of a character outside the basic plane, such as an emoji.
    .replace(/[\ud800-\udbff]$/, '');

/** `chat --list`, `--search TEXT`, `--show NAME`, `--delete NAME`. */
export async function runStoredTask(context: Context, task: StoredTask): Promise<void> {
  const store = conversationStore(context);
  switch (task.action) {
    case 'list':
      return list(context, store, task);
    case 'search': {
      const { search } = await import('./search.ts');
      return search(context, store, task);
    }
    case 'show':
      return show(context, store, task);
    case 'delete':
      return remove(context, store, task);
  }
}

async function list(
  context: Context,
  store: ConversationStore,
  { json, sanitize }: OutputFormat,
): Promise<void> {
  const { terminal } = context;
  const summaries: Summary[] = [];
  // One at a time: a conversation with pictures is large.
  for (const { name, updated_at, size } of await store.list()) {
    summaries.push({ name, updated_at, size, ...(await summarize(store, name)) });
  }
  if (json) {
    terminal.stdout.write(`${stringify(summaries, 2)}\n`);
    return;
  }
  if (summaries.length === 0) {
    notice(context, 'There is no conversation yet. Begin one: qwen-demo chat --new NAME');
    return;
  }
  const format = await loadTableFormat(terminal, { sanitize });
  const rows = summaries.map(({ name, turns, updated_at, model = '-', size, begins }) =>
    [name, String(turns ?? '?'), absoluteTime(updated_at), model, inKiB(size), begins].map(
      (text) => ({ text }),
    ),
  );
  const titles = ['Name', 'Turns', 'Last', 'Model', 'Size', 'Begins with'];
  terminal.stdout.write(format({ titles, rows }));
}

const inKiB = (bytes: number) => `${Math.ceil(bytes / 1024)} KiB`;

async function summarize(
  store: ConversationStore,
  name: string,
): Promise<Pick<Summary, 'turns' | 'model' | 'begins'>> {
  try {
    const turns = (await store.load(name))?.turns ?? [];
    const [question] = turns[0]?.messages ?? [];
    return {
      turns: turns.length,
      model: turns.at(-1)?.model,
      begins: question ? beginningOf(textOf(question)) : '',
    };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { turns: undefined, model: undefined, begins: error.message };
  }
}

async function show(
  { terminal, ...context }: Context,
  store: ConversationStore,
  { name, json, sanitize, markdown }: Extract<StoredTask, { action: 'show' }>,
): Promise<void> {
  const { stdout, env } = terminal;
  const { damaged, ...conversation } = await loadConversation(store, name);
  if (json) stdout.write(`${stringify({ name, ...conversation }, 2)}\n`);
  else {
    const text = safeFor(stdout, transcript(conversation), sanitize);
    const render = markdown && stdout.isTTY === true ? await loadMarkdown(stdout, env) : undefined;
    stdout.write(render ? render.write(text) + render.end() : text);
  }
  if (damaged === 0) return;
  const lines = damaged === 1 ? '1 line' : `${damaged} lines`;
  notice(
    { terminal, ...context },
    `${lines} of it could not be read: cut off by a kill, or from a later version.`,
  );
}

async function remove(
  context: Context,
  store: ConversationStore,
  { name, ask }: Extract<StoredTask, { action: 'delete' }>,
): Promise<void> {
  const { terminal, signal } = context;
  const { canAsk, confirm } = await import('../../terminal/confirm.ts');
  if (ask && canAsk(terminal)) {
    const question = `Delete the conversation "${name}" (${await sizeOf(store, name)})?`;
    if (!(await confirm(terminal, question, signal))) {
      notice(context, 'Nothing was deleted.');
      return;
    }
  }
  if (!(await store.remove(name))) throw await noConversation(store, name);
  notice(context, `Deleted the conversation "${name}".`);
}

/** In turns. One that cannot be read can be deleted all the same. */
async function sizeOf(store: ConversationStore, name: string): Promise<string> {
  try {
    const { turns } = await loadConversation(store, name);
    return turns.length === 1 ? '1 turn' : `${turns.length} turns`;
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return 'which cannot be read';
  }
}
