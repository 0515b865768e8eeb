import { readFileSync } from 'node:fs';
import { defineConfig, type Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

const { version, engines } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  version: string;
  engines: { node: string };
};

/**
 * Only ES modules can be split into chunks, but Node 20 starts the same chunks faster as CommonJS:
 * 10 ms of `--help`, 13 ms of `chat`. So they are translated after they have been cut.
 */
const asCommonJs: Plugin = {
  name: 'as-commonjs',
  setup({ onEnd, esbuild }) {
    onEnd(async ({ outputFiles = [] }) => {
      for (const file of outputFiles) {
        const { code } = await esbuild.transform(file.text, {
          format: 'cjs',
          platform: 'node',
          target: 'node20',
          // `require` for `import()` too, which would start the loader of ES modules after all.
          supported: { 'dynamic-import': false },
          // `open` asks for it and does without.
          logOverride: { 'empty-import-meta': 'silent' },
        });
        file.contents = Buffer.from(code);
      }
    });
  },
};

/** undici loads `node:http2`, which is never spoken here, before its first request: 13 ms. */
const withoutHttp2: Plugin = {
  name: 'without-http2',
  setup({ onLoad }) {
    onLoad({ filter: /undici.lib.dispatcher.client-h2\.js$/ }, () => ({ contents: '' }));
  },
};

export default defineConfig({
  entry: ['src/main.ts'],
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
    __OLDEST_NODE__: JSON.stringify(engines.node.replace('>=', '')),
  },
  esbuildPlugins: [withoutHttp2, asCommonJs],
  clean: true,
  silent: true,
});
