import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { createAttachments } from '../../src/commands/chat/attachments.ts';
import { FakeClock } from './fake-clock.ts';

/** A temporary folder for others; it and all in it are deleted at the end. */
export async function createFolders() {
  const folder = await mkdtemp(join(tmpdir(), 'qwen-demo-files-'));
  return {
    /** A new folder with these files. */
    async folderWith(files: Record<string, string | Buffer>): Promise<string> {
      const root = await mkdtemp(join(folder, 'case-'));
      for (const [name, content] of Object.entries(files)) {
        await mkdir(dirname(join(root, name)), { recursive: true });
        await writeFile(join(root, name), content);
      }
      return root;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

/** What one `-f` adds: the content of the message, the notices, and its name. */
export async function taken(path: string, stdin?: Buffer) {
  const { signal } = new AbortController();
  const told: string[] = [];
  const attachments = createAttachments((text) => told.push(text));
  const options = { clock: new FakeClock(), signal, stdin: stdin && Readable.from([stdin]) };
  await attachments.addAll({ files: [path], images: [] }, options);
  const [name] = attachments.names;
  return { content: attachments.attachTo('').content, told: told.join('\n'), name };
}

/** The names of the files in a notice. */
export function namesIn(told: string): string[] {
  return told.split('\n').flatMap((line) => (line.startsWith('  ') ? [line.trim()] : []));
}
