import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** The files that each file imports, by path. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>;

/** The import graph of files that are given as `path: source`. Packages are left out. */
export function importGraphOf(files: Readonly<Record<string, string>>): ImportGraph {
  return new Map(
    Object.entries(files).map(([path, source]) => [path, relativeImports(path, source)]),
  );
}

/** The import graph of all TypeScript files below a folder, with paths relative to it. */
export function readImportGraph(folder: string): ImportGraph {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const sources = paths
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'))
    .map((path) => [path, readFileSync(join(folder, path), 'utf8')] as const);
  return importGraphOf(Object.fromEntries(sources));
}

/**
 * The relative imports of one file: static, type-only and dynamic imports, re-exports and
 * `import('./a.ts').A` in a type. TypeScript's own scanner skips comments and strings.
 */
function relativeImports(path: string, source: string): string[] {
  const { importedFiles } = ts.preProcessFile(source, true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => join(dirname(path), specifier));
}

/**
 * Every circle: the files of a strongly connected component (R. Tarjan, 1972), sorted by path. A
 * file that imports itself is a circle too.
 */
export function circlesOf(graph: ImportGraph): string[][] {
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const stack: string[] = [];
  const circles: string[][] = [];

  function visit(path: string): number {
    const index = order.size;
    order.set(path, index);
    lowest.set(path, index);
    stack.push(path);
    for (const imported of graph.get(path) ?? []) {
      const reached = order.has(imported)
        ? stack.includes(imported)
          ? (order.get(imported) ?? index)
          : index
        : visit(imported);
      lowest.set(path, Math.min(lowest.get(path) ?? index, reached));
    }
    const low = lowest.get(path) ?? index;
    if (low === index) {
      const component = stack.splice(stack.indexOf(path));
      const importsItself = graph.get(path)?.includes(path) === true;
      if (component.length > 1 || importsItself) circles.push(component.toSorted());
    }
    return low;
  }

  for (const path of graph.keys()) if (!order.has(path)) visit(path);
  return circles.toSorted((a, b) => a.join().localeCompare(b.join()));
}
