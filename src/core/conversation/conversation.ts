import type { Clock, Random } from '../ports.ts';
import type { Usage } from '../chat/answer.ts';
import type { ChatMessage } from '../chat/messages.ts';
import { type Conversation, type Entry, replay, type Turn } from './entries.ts';

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
      const turn: Turn = {
        type: 'turn',
        id: random.uuid(),
        at: clock.now(),
        model,
        messages: [...question, { role: 'assistant', content: answer }],
        ...(finish_reason === undefined ? {} : { finish_reason }),
        ...(usage === undefined ? {} : { usage }),
        ...(replaces === undefined ? {} : { replaces }),
      };
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
