import * as z from 'zod/mini';
import type { Usage } from '../chat/answer.ts';
import type { ChatMessage } from '../chat/messages.ts';
import { given } from '../given.ts';
import { jsonOrUndefined } from '../json.ts';
import type { Clock, Random } from '../ports.ts';

const messageSchema = z.custom<ChatMessage>((value) => {
  const shape = z.looseObject({
    role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
    content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]),
  });
  return shape.safeParse(value).success;
});

const usageSchema = z.object({
  prompt_tokens: z.optional(z.number()),
  completion_tokens: z.optional(z.number()),
  total_tokens: z.optional(z.number()),
  cached_tokens: z.optional(z.number()),
  reasoning_tokens: z.optional(z.number()),
});

/** A question and its answer: one line, so that it is there whole or not at all. */
const turnSchema = z.object({
  type: z.literal('turn'),
  id: z.string(),
  /** Milliseconds since the epoch, when the answer was complete. */
  at: z.number(),
  model: z.string(),
  /** What was asked, and last what was answered. */
  messages: z.array(messageSchema).check(z.minLength(2)),
  /** The server's word, or `stopped` where the user cut the answer off. */
  finish_reason: z.optional(z.string()),
  usage: z.optional(usageSchema),
  /** The turn that was asked once more and no longer counts. */
  replaces: z.optional(z.string()),
});

const entrySchema = z.discriminatedUnion('type', [
  turnSchema,
  /** The system text from here on; null for none. */
  z.object({ type: z.literal('system'), at: z.number(), text: z.nullable(z.string()) }),
  /** The turns before it no longer count. */
  z.object({ type: z.literal('clear'), at: z.number() }),
]);

export type Turn = z.infer<typeof turnSchema>;
/** One line of a stored conversation. */
export type Entry = z.infer<typeof entrySchema>;

/** What counts after all entries. */
export interface Conversation {
  system: string | undefined;
  turns: readonly Turn[];
}

export function writeEntry(entry: Entry): string {
  return JSON.stringify(entry);
}

/** Undefined for a line that was torn, or that a later version wrote. */
export function readEntry(line: string): Entry | undefined {
  return entrySchema.safeParse(jsonOrUndefined(line)).data;
}

export function replay(entries: Iterable<Entry>): Conversation {
  let system: string | undefined;
  const turns: Turn[] = [];
  for (const entry of entries) {
    if (entry.type === 'system') system = entry.text ?? undefined;
    else if (entry.type === 'clear') turns.length = 0;
    else {
      remove(turns, entry.replaces);
      turns.push(entry);
    }
  }
  return { system, turns };
}

function remove(turns: Turn[], id: string | undefined): void {
  const at = id === undefined ? -1 : turns.findIndex((turn) => turn.id === id);
  if (at >= 0) turns.splice(at, 1);
}

/** Writes entries down. What it throws leaves them to be written with the next ones. */
export type Keep = (entries: readonly Entry[]) => Promise<void>;

export interface NewTurn {
  model: string;
  question: readonly ChatMessage[];
  answer: string;
  finish_reason?: string | undefined;
  usage?: Usage | undefined;
  /** The turn that this one is asked in place of. */
  replaces?: string | undefined;
}

/** A conversation while it goes on. */
export interface Dialogue {
  readonly system: string | undefined;
  readonly turns: readonly Turn[];
  /** A question with its answer. Kept from here on, even where writing it down fails. */
  add(turn: NewTurn): void;
  setSystem(text: string | undefined): void;
  /** Forgets the turns, not the system text. */
  clear(): void;
  /** Writes down what is new, where the conversation is kept; else does nothing. */
  save(): Promise<void>;
  /** From now on the conversation is kept: everything so far with the next `save`. */
  keepWith(keep: Keep): void;
}

/** Goes on from `conversation`; `keep` is absent for one that is not written down, or not yet. */
export function createDialogue(
  conversation: Conversation,
  { clock, random, keep }: { clock: Clock; random: Random; keep?: Keep | undefined },
): Dialogue {
  let { system, turns } = conversation;
  let unwritten: Entry[] = [];

  return {
    get system() {
      return system;
    },
    get turns() {
      return turns;
    },

    add({ model, question, answer, finish_reason, usage, replaces }) {
      const turn: Turn = given({
        type: 'turn' as const,
        id: random.uuid(),
        at: clock.now(),
        model,
        messages: [...question, { role: 'assistant' as const, content: answer }],
        finish_reason,
        usage,
        replaces,
      });
      ({ turns } = replay([...turns, turn]));
      unwritten.push(turn);
    },

    setSystem(text) {
      if (text === system) return;
      system = text;
      unwritten.push({ type: 'system', at: clock.now(), text: text ?? null });
    },

    clear() {
      turns = [];
      unwritten.push({ type: 'clear', at: clock.now() });
    },

    async save() {
      if (!keep || unwritten.length === 0) return;
      const entries = unwritten;
      await keep(entries);
      unwritten = unwritten.slice(entries.length);
    },

    keepWith(next) {
      keep = next;
    },
  };
}
