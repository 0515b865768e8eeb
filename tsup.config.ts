import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { build, BuildOptions, PluginBuild } from 'esbuild';
import { defineConfig, type Options } from 'tsup';
import { notices } from './test/notices.ts';
import { smaller, smallerPackages, withDirectExports } from './test/smaller.ts';

/** Stands in the files for a hash of them all. */
const BUILD = '{BUILD}';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  engines: { node: string };
};

/** The commit that is built, short; empty in a copy without a repository of its own. */
function commit(): string {
  if (!existsSync('.git')) return '';
  const { stdout, status } = spawnSync('git', ['rev-parse', '--short=12', 'HEAD']);
  return status === 0 ? String(stdout).trim() : '';
}

/**
 * What a start and a chat load, each in one file with all its imports: esbuild cuts one chunk for
 * each set of users, and reading 40 small files takes 6 ms of a chat.
 */
const LOADED_TOGETHER = [
  ['src/program.ts', 'src/commands/help/overview.ts'],
  ['src/command-line.ts'],
  ['src/commands/chat/command.ts', 'src/commands/chat/run.ts', 'src/core/chat/stream.ts'],
];

/**
 * Only ES modules can be split into chunks, but Node 20 starts the same chunks faster as CommonJS:
 * 10 ms of `--help`, 13 ms of `chat`. So they are translated after they have been cut.
 */
const asCommonJs: Plugin = {
  name: 'as-commonjs',
  setup({ initialOptions, onEnd, esbuild }) {
    initialOptions.metafile = true;
    onEnd(async (result) => {
      const { outputFiles = [], metafile } = result;
      const outputs = metafile?.outputs ?? {};
      const code = withoutEmpty(outputFiles.map(({ path, text }) => [basename(path), text]));
      const files = await translated(code, outputs, esbuild);
      files.set('THIRD-PARTY-NOTICES.txt', notices(outputs));
      for (const [name, module] of LIBRARY) files.set(name, moduleFor(module, outputs));
      const build = createHash('sha256')
        .update([...files.values()].join(''))
        .digest('hex');
      const folder = dirname(outputFiles[0]?.path ?? '');
      result.outputFiles = [...files].map(([name, content]) => {
        const text = content.replace(BUILD, build.slice(0, 12));
        return { path: join(folder, name), text, contents: Buffer.from(text), hash: '' };
      });
    });
  },
};

/** The chunks without those that hold nothing: esbuild cuts them for modules that are types alone. */
function withoutEmpty(chunks: readonly [name: string, text: string][]): Map<string, string> {
  const empty = chunks.filter(([, text]) => text.trim() === '').map(([name]) => name);
  const importOf = new RegExp(`^import "\\./(?:${empty.join('|')})";\n`, 'gm');
  const full = chunks.filter(([name]) => !empty.includes(name));
  return new Map(
    full.map(([name, text]) => [name, empty.length === 0 ? text : text.replace(importOf, '')]),
  );
}

/** The modules of the library: an ES module over the chunks that the program has anyway. */
const LIBRARY = [
  ['index.js', 'library.cjs'],
  ['fetch.js', 'fetch.cjs'],
] as const;

function moduleFor(chunk: string, outputs: Outputs): string {
  const [, { exports: names = [] } = {}] =
    Object.entries(outputs).find(([path]) => basename(path) === chunk) ?? [];
  return `import chunk from './${chunk}';\nexport const { ${names.join(', ')} } = chunk;\n`;
}

type Outputs = NonNullable<Awaited<ReturnType<typeof build>>['metafile']>['outputs'];

/** The joined file of each chunk. What main.ts loads is not joined: an old Node must parse it. */
function joinedFiles(outputs: Outputs): Map<string, string> {
  const files = new Map<string, string>();
  const alone = loadedBy(['src/main.ts', 'src/v8.ts'], outputs);
  for (const [index, entries] of LOADED_TOGETHER.entries()) {
    for (const name of loadedBy(entries, outputs)) {
      if (!alone.has(name) && !files.has(name)) files.set(name, `together-${index}.cjs`);
    }
  }
  return files;
}

/** The names of the chunks that hold these sources, and of those that they import. */
function loadedBy(sources: readonly string[], outputs: Outputs): Set<string> {
  const paths = new Set(
    Object.keys(outputs).filter((path) => sources.includes(outputs[path]?.entryPoint ?? '')),
  );
  if (paths.size !== sources.length) throw new Error(`Not all are entry points: ${sources.join()}`);
  // This loop reaches what it adds, too.
  for (const path of paths) {
    for (const { kind, path: imported, external } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && !external) paths.add(imported);
    }
  }
  return new Set([...paths].map((path) => basename(path)));
}

/** The chunks as CommonJS: each in its joined file, or in a file of its own. */
async function translated(
  code: ReadonlyMap<string, string>,
  outputs: Outputs,
  { build: bundle, transform }: PluginBuild['esbuild'],
): Promise<Map<string, string>> {
  const joined = joinedFiles(outputs);
  const names = [...code.keys()];
  const exportOf = (chunk: string) => `c${names.indexOf(chunk)}`;
  const files = [...new Set(names.map((name) => joined.get(name) ?? name))];
  // At the same time: esbuild works on one file while terser works on another.
  const texts = files.map(async (file) => {
    const chunks = names.filter((name) => joined.get(name) === file);
    const isJoined = chunks.length > 0;
    const {
      outputFiles: [output],
    } = await bundle({
      ...TRANSLATION,
      stdin: {
        contents: isJoined
          ? chunks.map((chunk) => `export * as ${exportOf(chunk)} from "./${chunk}";`).join('')
          : (code.get(file) ?? ''),
        resolveDir: '.',
      },
      plugins: [chunksFrom(code, chunks)],
    });
    const linked = (output?.text ?? '').replaceAll(
      /\brequire\("\.\/([^"]+)"\)/g,
      (whole, chunk: string) => {
        const to = joined.get(chunk);
        return to === undefined ? whole : `require("./${to}").${exportOf(chunk)}`;
      },
    );
    const direct = await withDirectExports(linked, transform);
    // V8 compiles a function in parentheses at once: 5 ms of a chat.
    return [file, await smaller(isJoined ? `(function () {${direct}\n})();` : direct)] as const;
  });
  return new Map(await Promise.all(texts));
}

/** Puts these chunks into the bundle; all others are required when it runs. */
function chunksFrom(code: ReadonlyMap<string, string>, chunks: readonly string[]): Plugin {
  return {
    name: 'chunks',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\/.*\.cjs$/ }, ({ path }) => {
        const chunk = basename(path);
        return chunks.includes(chunk)
          ? { path: chunk, namespace: 'chunk' }
          : { path, external: true };
      });
      onLoad({ filter: /./, namespace: 'chunk' }, ({ path }) => ({
        contents: code.get(path) ?? '',
        resolveDir: '.',
      }));
    },
  };
}

const TRANSLATION = {
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  minifyWhitespace: true,
  minifySyntax: true,
  // `require` for `import()` too, which would start the loader of ES modules after all.
  supported: { 'dynamic-import': false },
  // `open` asks for it and does without.
  logOverride: { 'empty-import-meta': 'silent' },
} as const satisfies BuildOptions;

export default defineConfig({
  entry: { main: 'src/main.ts', library: 'src/library/index.ts', fetch: 'src/library/fetch.ts' },
  format: 'esm',
  outExtension: () => ({ js: '.cjs' }),
  platform: 'node',
  target: 'node20',
  splitting: true,
  // All but native packages are bundled: a few files to find and read instead of hundreds.
  noExternal: [/^(?!@napi-rs\/)/],
  external: [/^@napi-rs\//],
  define: {
    __VERSION__: JSON.stringify(version),
    __COMMIT__: JSON.stringify(commit()),
    __BUILD__: JSON.stringify(BUILD),
    __OLDEST_NODE__: JSON.stringify(engines.node.replace('>=', '')),
  },
  esbuildPlugins: [smallerPackages, asCommonJs],
  clean: true,
  silent: true,
});
