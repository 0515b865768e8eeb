/** `/edit`: a message is written in the editor of the user. */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { StorageError, UsageError } from '../../../core/errors.ts';
import { readUserText } from '../../../core/files/user-file.ts';
import type { Context } from '../../context.ts';

/** What the user left in the editor, and how the editor ended. */
export interface EditedText {
  /** Line ends are `\n`, none at the end. */
  text: string;
  /** Why the text is not to be sent. */
  failure: UsageError | undefined;
}

/**
 * Opens `$VISUAL`, `$EDITOR`, vi or notepad with a text, and waits for its end. The text stands in a
 * temporary file that only the user can read, and that is deleted unless it cannot be read back.
 * @throws StorageError `file_not_written`, and the errors of {@link readUserText}
 */
export async function editText(context: Context, before: string): Promise<EditedText> {
  const { clock, signal } = context;
  const { folder, path } = await writeDraft(before);
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  try {
    const failure = await runEditor(context, path);
    const text = await readUserText(path, { clock, signal });
    remove();
    return { text: text.replaceAll('\r\n', '\n').trimEnd(), failure };
  } finally {
    process.off('exit', remove);
  }
}

async function writeDraft(text: string): Promise<{ folder: string; path: string }> {
  try {
    const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-'));
    const path = join(folder, 'message.md');
    await writeFile(path, text, { mode: 0o600, flag: 'wx' });
    return { folder, path };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new StorageError(`Cannot write a temporary file: ${why}`, {
      code: 'file_not_written',
      hint: 'Name a folder that you may write to in TMPDIR.',
      cause,
    });
  }
}

/** Resolves to why the editor failed, undefined when it did not. */
async function runEditor(context: Context, path: string): Promise<UsageError | undefined> {
  const { env, platform, signal } = context;
  const windows = platform.os === 'win32';
  const named = [env.VISUAL, env.EDITOR].find((one) => one !== undefined && one.trim() !== '');
  const editor = named ?? (windows ? 'notepad' : 'vi');
  // Both variables hold a command with arguments (`code --wait`), which a shell reads, as for git.
  // The trap keeps the shell alive at Ctrl-C, and the editor does not inherit it.
  const [file, args] = windows
    ? [`${editor} "${path}"`, []]
    : ['sh', ['-c', `trap : INT; ${editor} "$@"`, editor, path]];
  const restore = ignoreInterrupts();
  try {
    const ended = await new Promise<string | undefined>((resolve) => {
      const child = spawn(file, args, {
        stdio: 'inherit',
        env: { ...env },
        shell: windows,
        signal,
      });
      child.once('error', ({ message }) => resolve(message));
      child.once('exit', (code, name) => resolve(code === 0 ? undefined : endOf(code, name)));
    });
    return ended === undefined ? undefined : failed(editor, ended);
  } finally {
    restore();
  }
}

function endOf(code: number | null, signal: string | null): string {
  if (code === 127) return 'it was not found';
  if (code === 126) return 'it cannot be executed';
  return code === null ? `it was ended by ${signal}` : `it ended with exit code ${code}`;
}

function failed(editor: string, why: string): UsageError {
  return new UsageError(`The editor "${editor}" failed: ${why}. Nothing was sent`, {
    code: 'editor_failed',
    hint: 'Name another one in VISUAL or EDITOR. The up arrow brings back what you wrote.',
  });
}

/** Ctrl-C in an editor belongs to the editor, and the terminal sends it to this process too. */
function ignoreInterrupts(): () => void {
  const listeners = process.rawListeners('SIGINT') as NodeJS.SignalsListener[];
  const ignore = () => {};
  process.on('SIGINT', ignore);
  for (const listener of listeners) process.off('SIGINT', listener);
  return () => {
    for (const listener of listeners) process.on('SIGINT', listener);
    process.off('SIGINT', ignore);
  };
}
