/**
 * Draws the import graph of src into docs/architecture.md, as a Mermaid picture:
 * `npx tsx test/docs/architecture-picture.ts`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ImportGraph, readImportGraph } from '../helpers/import-graph.ts';

const page = new URL('../../docs/architecture.md', import.meta.url);
const source = fileURLToPath(new URL('../../src', import.meta.url));

/**
 * `core/http` for a file in a folder of core, else the top folder. Files in no folder start the
 * program; the library shares the clock with them.
 */
function folderOf(path: string): string {
  const [first = '', second = '', ...below] = path.split('/');
  if (second === '') return first === 'clock.ts' ? 'clock' : 'start';
  if (first !== 'core') return first;
  return below.length === 0 ? 'core' : `core/${second}`;
}

/** Which folder imports which. */
export function foldersOf(graph: ImportGraph): Map<string, Set<string>> {
  const folders = new Map<string, Set<string>>();
  for (const [path, imported] of graph) {
    const folder = folderOf(path);
    const others = folders.get(folder) ?? new Set();
    folders.set(folder, others);
    for (const to of imported) {
      if (graph.has(to) && folderOf(to) !== folder) others.add(folderOf(to));
    }
  }
  return new Map([...folders].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The arrows that do not follow from others: of a to b, b to c and a to c the last one is left out. */
export function arrowsOf(folders: ReadonlyMap<string, ReadonlySet<string>>): [string, string][] {
  const reached = (from: string): Set<string> => {
    const found = new Set(folders.get(from));
    for (const folder of found) for (const next of folders.get(folder) ?? []) found.add(next);
    return found;
  };
  return [...folders].flatMap(([from, others]) =>
    [...others]
      .filter((to) => ![...others].some((other) => other !== to && reached(other).has(to)))
      .toSorted()
      .map((to): [string, string] => [from, to]),
  );
}

/** The Mermaid block. */
function picture(graph: ImportGraph): string {
  const folders = foldersOf(graph);
  const id = (folder: string) => folder.replace('/', '_');
  const label = (folder: string) => (folder === 'start' ? 'main, program, cli' : folder);
  const node = (folder: string) => `${id(folder)}["${label(folder)}"]`;
  const isCore = (folder: string) => /^core\b/.test(folder);
  const names = [...folders.keys()];
  return [
    '```mermaid',
    'flowchart TD',
    ...names.filter((folder) => !isCore(folder)).map((folder) => `  ${node(folder)}`),
    '  subgraph silent ["core: no process, console, fetch, Date"]',
    ...names.filter(isCore).map((folder) => `    ${node(folder)}`),
    '  end',
    ...arrowsOf(folders).map(([from, to]) => `  ${id(from)} --> ${id(to)}`),
    '```',
  ].join('\n');
}

/** The page with the picture of this graph. */
export function redrawn(text: string, graph: ImportGraph): string {
  return text.replace(/```mermaid\n.*?```/s, () => picture(graph));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(page, redrawn(readFileSync(page, 'utf8'), readImportGraph(source)));
}
