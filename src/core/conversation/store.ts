import { join } from 'node:path';
import { createFileLock } from '../files/lock.ts';
import type { ThisProcess } from '../files/owner.ts';
import { type Files, patientFiles } from '../files/patience.ts';
import { type FileNotice, SETTING_HOME, errno, storageError } from '../files/storage-error.ts';
import { UsageError } from '../errors.ts';
import type { Clock, Random } from '../ports.ts';
import {
  type ConversationState,
  type Entry,
  readEntry,
  replay,
  writeEntry,
} from './conversation.ts';
import { createJournal } from '../files/journal.ts';

/** The state that the lines of a file lead to. */
export interface StoredState extends ConversationState {
  /** Number of lines that were skipped: cut off by a kill, or written by a later version. */
  damaged: number;
}

/**
 * The conversations in one folder, each in the file `NAME.jsonl`.
 *
 * All methods but `list` throw UsageError `invalid_conversation_name` for a name that
 * {@link isConversationName} refuses. All methods throw StorageError, with the codes of the journal
 * and its lock, if a file or the folder cannot be used.
 */
export interface ConversationStore {
  /**
   * All conversations, the one that was written to last first. `updated_at` is in ms since the epoch,
   * `size` in bytes.
   */
  list(): Promise<{ name: string; updated_at: number; size: number }[]>;
  /** Resolves to undefined if there is no conversation of this name. */
  load(name: string): Promise<StoredState | undefined>;
  /** Creates an empty conversation. Resolves to false if the name is taken, also by another process. */
  create(name: string): Promise<boolean>;
  /**
   * Appends all entries or none to an existing conversation.
   * @throws StorageError `journal_gone` if the conversation was deleted
   */
  append(name: string, entries: readonly Entry[]): Promise<void>;
  /** Deletes a conversation, with `only` set to `empty` one without entries. Resolves to whether it did. */
  remove(name: string, only?: 'empty'): Promise<boolean>;
}

/** Where conversations are stored, and what their locks need. */
export interface ConversationStoreOptions {
  /** `create` makes it if it does not exist. */
  folder: string;
  self: ThisProcess;
  clock: Clock;
  random: Random;
  onNotice: (notice: FileNotice) => void;
}

const ENDING = '.jsonl';

/** Reads and writes nothing until a method is called. */
export function createConversationStore(options: ConversationStoreOptions): ConversationStore {
  const { folder, clock } = options;
  const files = patientFiles(clock);
  const pathOf = (name: string) => join(folder, `${conversationName(name)}${ENDING}`);
  const lockOf = (name: string) =>
    createFileLock({ ...options, path: `${pathOf(name)}.lock`, setting: SETTING_HOME });
  const journalOf = (name: string) =>
    createJournal({ ...options, path: pathOf(name), setting: SETTING_HOME, lock: lockOf(name) });

  async function names(): Promise<string[]> {
    const found = await files.readdir(folder).catch((error: unknown) => {
      if (errno(error) === 'ENOENT') return [];
      throw storageError('read', { path: folder, setting: SETTING_HOME }, error);
    });
    return found
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length))
      .filter(isConversationName);
  }

  return {
    async list() {
      const found = await Promise.all(
        (await names()).map(async (name) => {
          const file = await files.stat(pathOf(name)).catch(() => undefined);
          return { name, updated_at: Math.trunc(file?.mtimeMs ?? 0), size: file?.size ?? 0 };
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
      return (
        (await exists(files, path)) &&
        lockOf(name).run({ critical: () => removeFile(files, path, only) })
      );
    },
  };
}

async function exists(files: Files, path: string): Promise<boolean> {
  return (await sizeOf(files, path)) !== undefined;
}

async function removeFile(files: Files, path: string, only: 'empty' | undefined): Promise<boolean> {
  const size = await sizeOf(files, path);
  if (size === undefined || (only === 'empty' && size > 0)) return false;
  try {
    await files.rm(path);
    return true;
  } catch (error) {
    throw storageError('delete', { path, setting: SETTING_HOME }, error);
  }
}

async function sizeOf(files: Files, path: string): Promise<number | undefined> {
  return (await files.stat(path).catch(() => undefined))?.size;
}

/** Part of a file name: no character that has a meaning in a path, a shell or a terminal. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
/** Names of devices on Windows, with any file extension. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/i;

/** Whether a text can name a conversation. */
export function isConversationName(text: string): boolean {
  return NAME.test(text) && !DEVICE.test(text);
}

/**
 * The text itself, if it can name a conversation.
 * @throws UsageError `invalid_conversation_name`
 */
export function conversationName(text: string): string {
  if (isConversationName(text)) return text;
  throw new UsageError(`${JSON.stringify(text)} cannot name a conversation`, {
    code: 'invalid_conversation_name',
    hint: 'Use up to 64 letters (a to z), digits, "-" and "_". Begin with a letter or a digit.',
  });
}
