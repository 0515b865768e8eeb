import { readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/** The entry stays a file of a few lines: what it loads is built apart from it. */
const programApart: Plugin = {
  name: 'program-apart',
  setup(build) {
    build.onResolve({ filter: /^\.\/program\.ts$/ }, () => ({
      path: './program.js',
      external: true,
    }));
  },
};

/** CommonJS packages ask for Node's modules by `require`, which an ES module must make for itself. */
const requireForPackages: NonNullable<Options['plugins']>[number] = {
  name: 'require-for-packages',
  renderChunk(code) {
    if (!code.includes('Dynamic require of')) return undefined;
    const banner = "import { createRequire } from 'node:module';";
    return { code: `${banner}\nconst require = createRequire(import.meta.url);\n${code}` };
  },
};

const common: Options = {
  outDir: 'dist',
  platform: 'node',
  target: 'node20',
  // All packages are bundled: one file to find and read instead of hundreds.
  noExternal: [/.*/],
  define: { __VERSION__: JSON.stringify(version) },
  silent: true,
};

export default defineConfig([
  {
    ...common,
    entry: ['src/main.ts'],
    format: 'cjs',
    banner: { js: '#!/usr/bin/env node' },
    esbuildPlugins: [programApart],
  },
  {
    ...common,
    entry: ['src/program.ts'],
    format: 'esm',
    splitting: true,
    treeshake: false,
    minifySyntax: true,
    plugins: [requireForPackages],
  },
]);
