import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileLock } from '../files/lock.ts';
import type { ThisProcess } from '../files/owner.ts';
import { BY_HOME, errno, storageError } from '../files/storage-error.ts';
import { UsageError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import { type Conversation, type Entry, readEntry, replay, writeEntry } from './conversation.ts';
import { createJournal } from '../files/journal.ts';

export interface StoredConversation extends Conversation {
  /** Lines that nobody understands: torn by a kill, or written by a later version. */
  damaged: number;
}

/** Conversations by name. Every method throws UsageError for an impossible name and StorageError. */
export interface ConversationStore {
  /** Those that are there, the one with the latest turn first. `updated_at` in ms since the epoch. */
  list(): Promise<{ name: string; updated_at: number }[]>;
  load(name: string): Promise<StoredConversation | undefined>;
  /** Claims a new name, for one process only. Resolves to false when there is such a conversation. */
  create(name: string): Promise<boolean>;
  /** To a conversation that is there, whole or not at all. */
  append(name: string, entries: readonly Entry[]): Promise<void>;
  /** Resolves to false when there is none, or when `only` is `empty` and it is not. */
  remove(name: string, only?: 'empty'): Promise<boolean>;
}

export interface ConversationStoreOptions {
  /** Made with the first conversation. */
  folder: string;
  self: ThisProcess;
  clock: Clock;
  random: Random;
}

const ENDING = '.jsonl';

export function createConversationStore(options: ConversationStoreOptions): ConversationStore {
  const { folder, self } = options;
  const pathOf = (name: string) => join(folder, `${conversationName(name)}${ENDING}`);
  const lockOf = (name: string) =>
    createFileLock({ ...options, path: `${pathOf(name)}.lock`, named: BY_HOME });
  const journalOf = (name: string) =>
    createJournal({ path: pathOf(name), named: BY_HOME, lock: lockOf(name), self });

  async function names(): Promise<string[]> {
    const files = await readdir(folder).catch((error: unknown) => {
      if (errno(error) === 'ENOENT') return [];
      throw storageError('read', { path: folder, named: BY_HOME }, error);
    });
    return files
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length))
      .filter(isConversationName);
  }

  return {
    async list() {
      const found = await Promise.all(
        (await names()).map(async (name) => {
          const file = await stat(pathOf(name)).catch(() => undefined);
          return { name, updated_at: Math.trunc(file?.mtimeMs ?? 0) };
        }),
      );
      return found.toSorted(
        (one, other) => other.updated_at - one.updated_at || one.name.localeCompare(other.name),
      );
    },

    async load(name) {
      const lines = await journalOf(name).read();
      if (!lines) return undefined;
      const entries = lines.map(readEntry).filter((entry) => entry !== undefined);
      return { ...replay(entries), damaged: lines.length - entries.length };
    },

    async create(name) {
      return journalOf(name).create();
    },

    async append(name, entries) {
      await journalOf(name).append(entries.map(writeEntry));
    },

    async remove(name, only) {
      const path = pathOf(name);
      return (await exists(path)) && lockOf(name).run({ critical: () => removeFile(path, only) });
    },
  };
}

async function exists(path: string): Promise<boolean> {
  return (await sizeOf(path)) !== undefined;
}

async function removeFile(path: string, only: 'empty' | undefined): Promise<boolean> {
  const size = await sizeOf(path);
  if (size === undefined || (only === 'empty' && size > 0)) return false;
  try {
    await rm(path);
    return true;
  } catch (error) {
    throw storageError('delete', { path, named: BY_HOME }, error);
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return (await stat(path).catch(() => undefined))?.size;
}

/** A name becomes a file's name: nothing that a path, a shell or a terminal gives a meaning to. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** Devices on Windows, whatever the ending. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

export function isConversationName(text: string): boolean {
  return NAME.test(text) && !DEVICE.test(text);
}

/** @throws UsageError unless `text` can name a conversation */
export function conversationName(text: string): string {
  if (isConversationName(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} cannot name a conversation`, {
    code: 'invalid_conversation_name',
    hint: 'Use up to 64 letters (a to z), digits, "-" and "_"; begin with a letter or a digit.',
  });
}
