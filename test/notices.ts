import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** The licences of the packages that are really in the bundle, with the texts that they come with. */
export function notices(outputs: Metafile['outputs']): string {
  const inputs = Object.values(outputs).flatMap(({ inputs: parts }) =>
    Object.entries(parts).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = inputs.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const found = [...new Set(folders.filter((folder) => folder !== undefined))].toSorted();
  return [
    'This program contains the following packages. Each stands under its own licence.\n',
    ...found.map(noticeOf),
  ].join('\n');
}

function noticeOf(folder: string): string {
  const {
    name,
    version: of,
    license,
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    'name' | 'version' | 'license',
    string
  >;
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  if (texts.length === 0) throw new Error(`${name} comes without the text of its licence`);
  return `${'='.repeat(80)}\n${name} ${of} (${license})\n\n${texts.join('\n\n')}\n`;
}
