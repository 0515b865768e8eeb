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

/** The flags that look after stored conversations and ask nothing. */
export interface ConversationsFlags {
  list?: boolean;
  show?: string;
  delete?: string;
  json?: boolean;
  sanitize?: boolean;
}

interface Summary {
  name: string;
  /** Undefined where it cannot be read. */
  turns: number | undefined;
  /** Milliseconds since the epoch. */
  updated_at: number;
  model: string | undefined;
  /** The beginning of the first question, or why it cannot be read. */
  begins: string;
}

/** Columns of a summary that anybody reads. */
const LONGEST = 200;

/** `chat --list`, `--show NAME`, `--delete NAME`. */
export async function runConversations(context: Context, flags: ConversationsFlags): Promise<void> {
  const store = conversationStore(context);
  if (flags.show !== undefined) return show(context, flags, store, flags.show);
  if (flags.delete !== undefined) return remove(context, store, flags.delete);
  return list(context, flags, store);
}

async function list(
  context: Context,
  flags: ConversationsFlags,
  store: ConversationStore,
): Promise<void> {
  const { terminal } = context;
  const summaries: Summary[] = [];
  // One after the other: a conversation with pictures is large.
  for (const { name, updated_at } of await store.list()) {
    summaries.push({ name, updated_at, ...(await summarise(store, name)) });
  }
  if (flags.json) {
    terminal.stdout.write(`${stringify(summaries, 2)}\n`);
    return;
  }
  if (summaries.length === 0) {
    notice(context, 'There is no conversation yet. Begin one: qwen-demo chat --new NAME');
    return;
  }
  const format = await loadTableFormat(terminal, { sanitize: flags.sanitize === true });
  const rows = summaries.map(({ name, turns, updated_at, begins }) =>
    [name, String(turns ?? '?'), absoluteTime(updated_at), begins].map((text) => ({ text })),
  );
  terminal.stdout.write(format({ titles: ['Name', 'Turns', 'Last', 'Begins with'], rows }));
}

async function summarise(
  store: ConversationStore,
  name: string,
): Promise<Omit<Summary, 'name' | 'updated_at'>> {
  try {
    const turns = (await store.load(name))?.turns ?? [];
    const [question] = turns[0]?.messages ?? [];
    return {
      turns: turns.length,
      model: turns.at(-1)?.model,
      begins: question ? textOf(question).trim().slice(0, LONGEST) : '',
    };
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    return { turns: undefined, model: undefined, begins: error.message };
  }
}

async function show(
  context: Context,
  { json, sanitize }: ConversationsFlags,
  store: ConversationStore,
  name: string,
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
