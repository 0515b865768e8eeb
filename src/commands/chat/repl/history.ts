import { createJournal } from '../../../core/files/journal.ts';
import { createFileLock } from '../../../core/files/lock.ts';
import { replaceOwnFile } from '../../../core/files/replacement.ts';
import { BY_HOME } from '../../../core/files/storage-error.ts';
import { StorageError } from '../../../core/errors.ts';
import type { Context } from '../../context.ts';
import { notice } from '../../notice.ts';
import { findOwnFiles } from '../../paths.ts';
import { parseJson } from '../../../core/json.ts';

/** Lines that a session begins with, and lines at which the file is cut back to them. */
const KEPT = 500;
const TOO_MANY = 2000;
/** A longer text is not typed again. */
const LONGEST = 10_000;

/** What was typed in this and earlier sessions. */
export interface History {
  /** The latest first. */
  readonly lines: string[];
  /** In the background; a line that begins with a blank is not written down. */
  add(line: string): void;
  /** Resolves when everything is written down. */
  close(): Promise<void>;
}

/**
 * The history in `chat_history.jsonl` of the configuration folder, one JSON string a line, for its
 * owner only. A session without it is as good: what goes wrong with it is said once. A user without
 * a home has none.
 */
export async function openHistory(context: Context): Promise<History> {
  const path = findOwnFiles(context.env)?.chat_history;
  if (path === undefined) return { lines: [], add: () => {}, close: async () => {} };
  const place = { path, named: BY_HOME };
  const lock = createFileLock({ ...context, named: BY_HOME, path: `${path}.lock` });
  const journal = createJournal({ ...place, lock, self: context.self });
  let lines: string[] = [];
  let writing = attempt(async () => {
    const stored = (await journal.read()) ?? [];
    lines = stored
      .slice(-KEPT)
      .map(parse)
      .filter((line) => line !== undefined);
    if (stored.length < TOO_MANY) return;
    // A line that another session adds in between is lost: it can be typed again.
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    await replaceOwnFile(place, text, context.random);
  });
  await writing;

  async function attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      notice(context, `There is no history of what you type: ${error.message}`);
    }
  }

  return {
    lines: lines.toReversed(),
    add(line) {
      if (/^\s|^$/.test(line) || line.length > LONGEST) return;
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
  try {
    const value: unknown = parseJson(line);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}
