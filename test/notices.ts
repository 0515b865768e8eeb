import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';

/** A bundled package: its name, version, licence, copyright lines, and the text that it stands under. */
interface Notice {
  title: string;
  copyright: string[];
  text: string;
}

/**
 * The licences of the packages that are really in the bundle, with the texts that they come with. A text
 * that is word for word the same stands once, below all packages that it is for.
 */
export function notices(outputs: Metafile['outputs']): string {
  const inputs = Object.values(outputs).flatMap(({ inputs: parts }) =>
    Object.entries(parts).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = inputs.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const found = [...new Set(folders.filter((folder) => folder !== undefined))].toSorted();
  const groups = new Map<string, Notice[]>();
  for (const notice of found.map(noticeOf)) {
    const words = notice.text.replaceAll(/\s+/g, ' ');
    groups.set(words, [...(groups.get(words) ?? []), notice]);
  }
  return [
    'This program contains the following packages. Each group stands under the licence below it.\n',
    ...[...groups.values()].map(section),
  ].join('\n');
}

function section(group: readonly Notice[]): string {
  const packages = group.map(({ title, copyright }) => [title, ...copyright].join('\n'));
  return `${'='.repeat(80)}\n${packages.join('\n\n')}\n\n${group[0]?.text}\n`;
}

/** @throws when the package comes without the text of its licence */
function noticeOf(folder: string): Notice {
  const {
    name,
    version: of,
    license,
  } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    'name' | 'version' | 'license',
    string
  >;
  const lines = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|copying|notice)/i.test(file))
    .map((file) => `${readFileSync(join(folder, file), 'utf8').trim()}\n`)
    .join('\n')
    .split(/\r?\n/);
  if (lines.join('') === '') throw new Error(`${name} comes without the text of its licence`);
  const isCopyright = (line: string) => /^\s*Copyright( \(c\)| ©| \d)/i.test(line);
  // The licence's own name is in the title already.
  const isTitle = (line: string) => /^\s*((The )?MIT License( \(MIT\))?)?\s*$/i.test(line);
  const start = lines.findIndex((line) => !isCopyright(line) && !isTitle(line));
  if (start === -1) throw new Error(`${name} comes without the text of its licence`);
  const text = lines.slice(start);
  return {
    title: `${name} ${of} (${license})`,
    copyright: lines
      .slice(0, start)
      .filter(isCopyright)
      .map((line) => line.trim()),
    text: text.join('\n').trim(),
  };
}
