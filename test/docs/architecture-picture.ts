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
function roomOf(path: string): string {
  const [first = '', second = '', ...below] = path.split('/');
  if (second === '') return first === 'clock.ts' ? 'clock' : 'start';
  if (first !== 'core') return first;
  return below.length === 0 ? 'core' : `core/${second}`;
}

/** Which room imports which. */
export function roomsOf(graph: ImportGraph): Map<string, Set<string>> {
  const rooms = new Map<string, Set<string>>();
  for (const [path, imported] of graph) {
    const room = roomOf(path);
    const others = rooms.get(room) ?? new Set();
    rooms.set(room, others);
    for (const to of imported) {
      if (graph.has(to) && roomOf(to) !== room) others.add(roomOf(to));
    }
  }
  return new Map([...rooms].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The arrows that do not follow from others: of a to b, b to c and a to c the last one is left out. */
export function arrowsOf(rooms: ReadonlyMap<string, ReadonlySet<string>>): [string, string][] {
  const reached = (from: string): Set<string> => {
    const found = new Set(rooms.get(from));
    for (const room of found) for (const next of rooms.get(room) ?? []) found.add(next);
    return found;
  };
  return [...rooms].flatMap(([from, others]) =>
    [...others]
      .filter((to) => ![...others].some((other) => other !== to && reached(other).has(to)))
      .toSorted()
      .map((to): [string, string] => [from, to]),
  );
}

/** The Mermaid block. */
function picture(graph: ImportGraph): string {
  const rooms = roomsOf(graph);
  const id = (room: string) => room.replace('/', '_');
  const label = (room: string) => (room === 'start' ? 'main, program, cli' : room);
  const node = (room: string) => `${id(room)}["${label(room)}"]`;
  const isCore = (room: string) => /^core\b/.test(room);
  const names = [...rooms.keys()];
  return [
    '```mermaid',
    'flowchart TD',
    ...names.filter((room) => !isCore(room)).map((room) => `  ${node(room)}`),
    '  subgraph silent ["core: no process, console, fetch, Date"]',
    ...names.filter(isCore).map((room) => `    ${node(room)}`),
    '  end',
    ...arrowsOf(rooms).map(([from, to]) => `  ${id(from)} --> ${id(to)}`),
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
