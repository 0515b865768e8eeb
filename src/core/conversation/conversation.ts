import * as z from 'zod/mini';
import type { Usage } from '../chat/answer.ts';
import type { ChatMessage } from '../chat/messages.ts';
import { jsonBuffers } from '../chat/json-parts.ts';
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

/** One entry holds a question and its answer, so that the file has both or neither. */
const turnSchema = z.object({
  type: z.literal('turn'),
  id: z.string(),
  /** When the answer was complete, in ms since the epoch. */
  at: z.number(),
  /** The model that was asked. */
  model: z.string(),
  /** The messages of the question, then the message of the answer. */
  messages: z.array(messageSchema).check(z.minLength(2)),
  /** As the server sent it, or `stopped` if the user stopped the answer. */
  finish_reason: z.optional(z.string()),
  usage: z.optional(usageSchema),
  /** The `id` of the turn that this one replaces. */
  replaces: z.optional(z.string()),
});

const entrySchema = z.discriminatedUnion('type', [
  turnSchema,
  /** The system text from here on, null for none. */
  z.object({ type: z.literal('system'), at: z.number(), text: z.nullable(z.string()) }),
  /** Removes all earlier turns from the conversation. */
  z.object({ type: z.literal('clear'), at: z.number() }),
  /** Removes the turn with this `id` from the conversation. */
  z.object({ type: z.literal('undo'), at: z.number(), turn: z.string() }),
]);

/** One question and its answer. */
export type Turn = z.infer<typeof turnSchema>;

/** One line of the file of a conversation. `at` is in ms since the epoch. */
export type Entry = z.infer<typeof entrySchema>;

/** A conversation after all its entries: the system text and the turns in effect, oldest first. */
export interface ConversationState {
  readonly system: string | undefined;
  readonly turns: readonly Turn[];
}

/** The line of an entry in UTF-8, in parts, without its line end. */
export function writeEntry(entry: Entry): Buffer[] {
  return jsonBuffers(entry);
}

/** The entry of a line, undefined for a damaged line or one that a later version wrote. */
export function readEntry(line: string): Entry | undefined {
  return entrySchema.safeParse(jsonOrUndefined(line)).data;
}

/** The state that entries lead to, oldest entry first. */
export function replay(entries: Iterable<Entry>): ConversationState {
  let system: string | undefined;
  const turns: Turn[] = [];
  for (const entry of entries) {
    if (entry.type === 'system') system = entry.text ?? undefined;
    else if (entry.type === 'clear') turns.length = 0;
    else if (entry.type === 'undo') remove(turns, entry.turn);
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

/** Appends entries to a file, all of them or none. If it throws, `save` passes them again. */
export type AppendEntries = (entries: readonly Entry[]) => Promise<void>;

/** A turn as the caller knows it: `add` sets its id and its time. */
export interface NewTurn {
  /** The model that was asked. */
  model: string;
  question: readonly ChatMessage[];
  /** The text of the answer. */
  answer: string;
  finish_reason?: string | undefined;
  usage?: Usage | undefined;
  /** The `id` of the turn that this one replaces. */
  replaces?: string | undefined;
}

/** A conversation in memory. Changes take effect at once; `save` appends them to its file. */
export interface Conversation extends ConversationState {
  /** Adds a turn. It stays in the conversation even if `save` fails. */
  add(turn: NewTurn): void;
  /** Sets the system text; undefined removes it. */
  setSystem(text: string | undefined): void;
  /** Removes all turns and keeps the system text. */
  clear(): void;
  /** Removes the latest turn, which it returns; undefined if there is none. */
  undo(): Turn | undefined;
  /**
   * Appends the entries that no `save` has appended before. Does nothing without a file.
   * @throws the errors of {@link AppendEntries}
   */
  save(): Promise<void>;
  /** Gives the conversation a file. The next `save` appends all entries of this object to it. */
  saveTo(append: AppendEntries): void;
}

/** Continues from a state. Without `append` the conversation has no file until `saveTo`. */
export function createConversation(
  state: ConversationState,
  { clock, random, append }: { clock: Clock; random: Random; append?: AppendEntries | undefined },
): Conversation {
  let { system, turns } = state;
  let unsaved: Entry[] = [];

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
      unsaved.push(turn);
    },

    setSystem(text) {
      if (text === system) return;
      system = text;
      unsaved.push({ type: 'system', at: clock.now(), text: text ?? null });
    },

    clear() {
      turns = [];
      unsaved.push({ type: 'clear', at: clock.now() });
    },

    undo() {
      const turn = turns.at(-1);
      if (turn === undefined) return undefined;
      turns = turns.slice(0, -1);
      unsaved.push({ type: 'undo', at: clock.now(), turn: turn.id });
      return turn;
    },

    async save() {
      if (!append || unsaved.length === 0) return;
      const entries = [...unsaved];
      await append(entries);
      unsaved = unsaved.slice(entries.length);
    },

    saveTo(next) {
      append = next;
    },
  };
}
