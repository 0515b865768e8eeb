import { stat } from 'node:fs/promises';
import type { Context } from '../../context.ts';
import type { Attachments } from '../attachments.ts';
import { pathArgument } from './path-argument.ts';

/** `@` and a path after it, at the beginning of a word: not in an e-mail address. */
const MENTION = /(?<=^|[\s([{])@("[^"\n]+"|'[^'\n]+'|(?:\\.|[^\s\\"'])+)/g;
/** Mentions of one message that are looked at. */
const MOST_MENTIONS = 100;

/**
 * The files and folders that exist among the words of a message that begin with `@`. The
 * punctuation at the end of a word may belong to the sentence, so that `@/` and `@.` are no folders.
 */
export async function mentionedFiles(text: string, context: Pick<Context, 'env'>) {
  const words = [...text.matchAll(MENTION)].slice(0, MOST_MENTIONS).map(([, word = '']) => word);
  const found: string[] = [];
  for (const word of words) {
    const [bare = word] = /^.*?(?=[.,;:!?)\]}>]*$)/s.exec(word) ?? [];
    for (const part of new Set([word, bare])) {
      const path = pathArgument(part, context);
      if (!/[^/\\.~]/.test(part) || !(await isThere(path))) continue;
      found.push(path);
      break;
    }
  }
  return [...new Set(found)];
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    (file) => file.isFile() || file.isDirectory(),
    () => false,
  );
}

/**
 * Adds the files and folders that a message mentions, but for those that are added already.
 * @throws the errors of {@link Attachments}
 */
export async function attachMentioned(
  context: Context,
  attachments: Attachments,
  text: string,
): Promise<string[]> {
  const paths = (await mentionedFiles(text, context)).filter(
    (path) => !attachments.names.some((name) => name === path || name.startsWith(`${path} (`)),
  );
  for (const path of paths) await attachments.addFile(path, context);
  return paths;
}
