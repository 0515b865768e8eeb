import { JoinedText } from '../../core/chat/joined-text.ts';
import type { OutputStream } from '../../terminal/terminal.ts';
import { createWriter } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';

/** Takes the text of one answer. */
export interface Output {
  /** Returns a promise while the reader is slow: await it before the next call. */
  write(text: string): void | Promise<void>;
  /** The last call. `accepted` is true if the whole answer was written and passed its check. */
  end(accepted: boolean): Promise<void>;
}

/**
 * Standard output: each text at once with `stream`, else all texts at the end. What a script takes
 * has the bytes of the model unless `sanitize` is set.
 */
export async function stdoutOutput(
  context: Context,
  { stream, sanitize }: { stream: boolean; sanitize: boolean },
): Promise<Output> {
  const { terminal, signal } = context;
  const inJob =
    terminal.env.GITHUB_ACTIONS !== undefined && !sanitize && terminal.stdout.isTTY !== true;
  const writer = createWriter(inJob ? await scriptOrLog(context) : terminal.stdout, { signal });
  const parts = new JoinedText();
  return {
    write: (text) => (stream ? writer.write(text) : parts.add(text)),
    async end() {
      for (const part of parts.drain()) {
        void writer.write(part);
        await writer.flush();
      }
      await writer.flush();
    },
  };
}

/**
 * A file that an accepted answer replaces in one step; one without text, such as tool calls, replaces
 * no file that has content. The text of any other answer goes to `FILE.partial`.
 * @throws StorageError if the file cannot be written
 */
export async function openFileOutput(context: Context, path: string): Promise<Output> {
  const { prepareToWrite, writeUserFile } = await import('../../core/files/user-output.ts');
  await prepareToWrite(path);
  const parts = new JoinedText();
  return {
    write: (text) => parts.add(text),
    async end(accepted) {
      const text = parts.takeBuffers();
      if (accepted && (text.length > 0 || !(await hasContent(path)))) {
        return writeUserFile(path, text, context);
      }
      if (accepted) return notice(context, `The answer has no text: ${path} is unchanged`);
      if (text.length === 0) return undefined;
      const partial = `${path}.partial`;
      // The error of the answer is reported next and matters more than this one.
      await writeUserFile(partial, text, context).then(
        () => notice(context, `What had arrived is in ${partial}`),
        () => {},
      );
    },
  };
}

async function hasContent(path: string): Promise<boolean> {
  const { stat } = await import('node:fs/promises');
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true && found.size > 0;
}

/** The log of a job of GitHub Actions stays guarded against workflow commands in the answer. */
async function scriptOrLog({ self, terminal: { stdout } }: Context): Promise<OutputStream> {
  const [{ isJobLog }, { unguarded }] = await Promise.all([
    import('./job-log.ts'),
    import('../../terminal/workflow-commands.ts'),
  ]);
  return isJobLog(self.pid) ? stdout : unguarded(stdout);
}
