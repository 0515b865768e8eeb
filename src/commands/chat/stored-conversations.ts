import type { ConversationStore } from '../../core/conversation/store.ts';
import { textOf, transcript } from '../../core/conversation/transcript.ts';
import { StorageError } from '../../core/errors.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { loadTableFormat } from '../../terminal/table.ts';
import { safeFor } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { absoluteTime } from '../time.ts';
import { conversationStore, loadConversation, noConversation } from './conversation.ts';

/** Lists, prints or deletes conversations; no request is sent. */
export type StoredTask =
  | ({ action: 'list' } & OutputFormat)
  | ({ action: 'show'; name: string } & OutputFormat)
  | { action: 'delete'; name: string };

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
  model: string | undefined;
  /** The beginning of the first question, or why the conversation cannot be read. */
  begins: string;
}

/** Characters of the first question in a list. */
const LONGEST_BEGINNING = 200;

/** `chat --list`, `--show NAME`, `--delete NAME`. */
export async function runStoredTask(context: Context, task: StoredTask): Promise<void> {
  const store = conversationStore(context);
  switch (task.action) {
    case 'list':
      return list(context, store, task);
    case 'show':
      return show(context, store, task.name, task);
    case 'delete':
      return remove(context, store, task.name);
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
  for (const { name, updated_at } of await store.list()) {
    summaries.push({ name, updated_at, ...(await summarize(store, name)) });
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
  const rows = summaries.map(({ name, turns, updated_at, begins }) =>
    [name, String(turns ?? '?'), absoluteTime(updated_at), begins].map((text) => ({ text })),
  );
  terminal.stdout.write(format({ titles: ['Name', 'Turns', 'Last', 'Begins with'], rows }));
}

async function summarize(
  store: ConversationStore,
  name: string,
): Promise<Omit<Summary, 'name' | 'updated_at'>> {
  try {
    const turns = (await store.load(name))?.turns ?? [];
    const [question] = turns[0]?.messages ?? [];
    return {
      turns: turns.length,
      model: turns.at(-1)?.model,
      begins: question ? textOf(question).trim().slice(0, LONGEST_BEGINNING) : '',
    };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { turns: undefined, model: undefined, begins: error.message };
  }
}

async function show(
  context: Context,
  store: ConversationStore,
  name: string,
  { json, sanitize }: OutputFormat,
): Promise<void> {
  const { stdout } = context.terminal;
  const { damaged, ...conversation } = await loadConversation(store, name);
  const text = json
    ? `${stringify({ name, ...conversation }, 2)}\n`
    : safeFor(stdout, transcript(conversation), sanitize);
  stdout.write(text);
  if (damaged === 0) return;
  const lines = damaged === 1 ? '1 line' : `${damaged} lines`;
  notice(context, `${lines} of it could not be read: cut off by a kill, or from a later version.`);
}

async function remove(context: Context, store: ConversationStore, name: string): Promise<void> {
  if (!(await store.remove(name))) throw await noConversation(store, name);
  notice(context, `Deleted the conversation "${name}".`);
}
