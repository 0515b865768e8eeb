import type { ConversationStore } from '../../core/conversation/store.ts';
import { textOf } from '../../core/conversation/transcript.ts';
import { StorageError, UsageError } from '../../core/errors.ts';
import { stringify } from '../../terminal/sanitize.ts';
import { loadTableFormat } from '../../terminal/table.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { absoluteTime } from '../time.ts';

/** A message that holds the text. */
interface Hit {
  name: string;
  /** From 1. */
  turn: number;
  role: string;
  /** When the turn was stored, in milliseconds since the epoch. */
  at: number;
  /** The text with what stands around it, on one line. */
  excerpt: string;
}

/** Characters before and after the text in an excerpt. */
const AROUND = 60;

/** What a cut leaves of a character outside the basic plane, such as an emoji. */
const HALF_CHARACTER = /^[\udc00-\udfff]|[\ud800-\udbff]$/g;

/**
 * `chat --search TEXT`: the messages that hold a text, in upper or lower case, those of the conversation
 * that changed last first. An unreadable conversation is named and does not end the search.
 * @throws UsageError `empty_flag`
 */
export async function search(
  context: Context,
  store: ConversationStore,
  { text, json, sanitize }: { text: string; json: boolean; sanitize: boolean },
): Promise<void> {
  const { stdout } = context.terminal;
  const wanted = oneLine(text).toLowerCase();
  if (wanted === '') throw new UsageError('--search must not be empty', { code: 'empty_flag' });
  const hits: Hit[] = [];
  // One at a time: a conversation with pictures is large.
  for (const { name } of await store.list()) {
    context.signal.throwIfAborted();
    try {
      hits.push(...hitsIn(name, (await store.load(name))?.turns ?? [], wanted));
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      notice(context, `Not searched: ${error.message}`);
    }
  }
  if (json) {
    stdout.write(`${stringify(hits, 2)}\n`);
    return;
  }
  if (hits.length === 0) {
    notice(context, 'No kept conversation holds this text.');
    return;
  }
  const format = await loadTableFormat(context.terminal, { sanitize });
  const rows = hits.map(({ name, turn, role, at, excerpt }) =>
    [name, String(turn), absoluteTime(at), role, excerpt].map((cell) => ({ text: cell })),
  );
  stdout.write(format({ titles: ['Name', 'Turn', 'Time', 'Role', 'Text'], rows }));
}

type Turns = NonNullable<Awaited<ReturnType<ConversationStore['load']>>>['turns'];

function hitsIn(name: string, turns: Turns, wanted: string): Hit[] {
  return turns.flatMap(({ at, messages }, index) =>
    messages.flatMap((message) => {
      const excerpt = excerptOf(oneLine(textOf(message)), wanted);
      return excerpt === undefined
        ? []
        : { name, turn: index + 1, role: message.role, at, excerpt };
    }),
  );
}

function excerptOf(text: string, wanted: string): string | undefined {
  const found = text.toLowerCase().indexOf(wanted);
  if (found === -1) return undefined;
  const from = Math.max(0, found - AROUND);
  const to = found + wanted.length + AROUND;
  return `${from > 0 ? '…' : ''}${text.slice(from, to).replaceAll(HALF_CHARACTER, '')}${to < text.length ? '…' : ''}`;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
