import { createJournal } from '../../../core/files/journal.ts';
import { createFileLock } from '../../../core/files/lock.ts';
import { replaceOwnFile } from '../../../core/files/replacement.ts';
import { SETTING_HOME } from '../../../core/files/storage-error.ts';
import { StorageError } from '../../../core/errors.ts';
import type { Context } from '../../context.ts';
import { notice, noticesOf } from '../../notice.ts';
import { findOwnFiles } from '../../paths.ts';
import { jsonOrUndefined } from '../../../core/json.ts';

/** Lines that a REPL loads. */
const LOADED_LINES = 500;
/** A file with this many lines is cut to the lines that are loaded. */
const MOST_LINES = 2000;
/** Characters. A longer text is not saved. */
const LONGEST_LINE = 10_000;

/** The messages that the user typed in this and earlier sessions. */
export interface History {
  /** The messages of earlier sessions, the latest first. */
  readonly lines: string[];
  /** Saves a line in the background, unless it begins with a blank. */
  add(line: string): void;
  /** Resolves when all lines are saved. */
  close(): Promise<void>;
}

/**
 * The history in `chat_history.jsonl` of the configuration folder, one JSON string per line, which
 * only its owner can read. A notice reports an error, and the REPL continues without history. A user
 * without a home folder has no history.
 */
export async function openHistory(context: Context): Promise<History> {
  const path = findOwnFiles(context.env)?.chat_history;
  if (path === undefined) return { lines: [], add: () => {}, close: async () => {} };
  const { self, clock, random } = context;
  const ref = { path, setting: SETTING_HOME, clock };
  const onNotice = noticesOf(context);
  const lock_path = `${path}.lock`;
  const lock = createFileLock({ ...ref, path: lock_path, self, random, onNotice });
  const journal = createJournal({ ...ref, lock, self, onNotice });
  let lines: string[] = [];
  let writing = attempt(async () => {
    const stored = (await journal.read()) ?? [];
    lines = stored
      .slice(-LOADED_LINES)
      .map(parse)
      .filter((line) => line !== undefined);
    if (stored.length < MOST_LINES) return;
    // A line that another REPL adds in between is lost, which does little harm.
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await replaceOwnFile(ref, text, context);
  });
  await writing;

  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      notice(context, `Messages are not added to the history: ${error.message}`);
    }
  }

  return {
    lines: lines.toReversed(),
    add(line) {
      if (/^\s|^$/.test(line) || line.length > LONGEST_LINE) return;
      writing = writing.then(() =>
        attempt(async () => {
          await journal.create();
          await journal.append([JSON.stringify(line)]);
        }),
      );
    },
    close: () => writing,
  };
}

function parse(line: string): string | undefined {
  const value = jsonOrUndefined(line);
  return typeof value === 'string' ? value : undefined;
}
