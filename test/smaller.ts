/** What makes the build smaller: less of the packages, and shorter names. */
import { readFileSync } from 'node:fs';
import type { Plugin, transform } from 'esbuild';
import { minify } from 'terser';

/** The names of functions and classes stay: a stack trace needs them. All others are shortened. */
export async function smaller(text: string): Promise<string> {
  const names = { keep_fnames: true, keep_classnames: true };
  const { code = '' } = await minify(withClassNames(text), {
    compress: false,
    mangle: { toplevel: true, ...names },
    // One character beyond Latin-1 doubles the memory of a file.
    format: { ascii_only: true },
    ecma: 2020,
  });
  return code;
}

/**
 * esbuild writes `var ApiError=class extends` for a class: then its name is that of the variable, which is
 * shortened. This gives the class a name of its own. Variables of packages have one or two characters.
 */
function withClassNames(text: string): string {
  return text.replaceAll(/(?<=[,; \n])([A-Z]\w{2,})=class(?= extends |\{)/g, '$1=class $1');
}

/**
 * Makes `module.exports` esbuild's own object of the exports instead of a copy, which drops the helpers
 * that copy: 400 bytes in each of 200 files.
 */
export async function withDirectExports(text: string, by: typeof transform): Promise<string> {
  if (!text.includes('__toCommonJS(')) return text;
  const [copied, name] = /module\.exports=__toCommonJS\((\w+)\)/.exec(text) ?? [];
  const empty = `var ${name}={};`;
  if (copied === undefined || !text.includes(empty)) throw new Error('esbuild exports otherwise');
  const direct = text
    .replace(empty, `var ${name}=__defProp({},"__esModule",{value:!0});`)
    .replace(copied, `module.exports=${name}`)
    // For the static analysis of an ES module that imports names of it; ours import none.
    .replace(/0&&\(module\.exports=\{[^}]*\}\);?/, '');
  const { code } = await by(direct, {
    treeShaking: true,
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return code;
}

/** Stands for `node:assert`, whose other functions undici does not call. */
const ASSERT =
  '((value, message) => { if (!value) throw new Error(message ?? "assertion failed"); })';

/**
 * What packages load before they need it, and what stands there instead. undici: the modules of HTTP/2,
 * which is never spoken here; `node:http` for two names. commander: what starts other programs. 20 ms
 * of a chat. Of undici's two parsers the one without SIMD runs everywhere and is as fast, and of its tables two are
 * read; no form is ever sent. Of 90 spinners ora takes one of two, of 13 dialects of SQL the standard one. 170 KB.
 */
const NEVER_USED: [files: RegExp, text: string | RegExp, instead: string][] = [
  [/undici.lib.dispatcher.client-h2\.js$/, /^[^]*$/, ''],
  // The limit is Node's default, in bytes.
  [
    /undici.lib.(dispatcher.client|core.util)\.js$/,
    "require('node:http')",
    '{ maxHeaderSize: 16384, IncomingMessage: class {} }',
  ],
  [/undici.lib.(core|dispatcher|api|handler).[\w-]+\.js$/, "require('node:assert')", ASSERT],
  [
    /undici.lib.dispatcher.client-h1\.js$/,
    "'../llhttp/llhttp_simd-wasm.js'",
    "'../llhttp/llhttp-wasm.js'",
  ],
  [
    /undici.lib.dispatcher.client-h1\.js$/,
    "extractBody = require('../web/fetch/body.js').extractBody",
    '',
  ],
  [/undici.lib.llhttp.constants\.js$/, /exports\.METHODS = \{[^]*$/, ''],
  [/legacy-modes.mode.sql\.js$/, /export const msSQL[^]*$/, ''],
  [
    /cli-spinners.index\.js$/,
    /^[^]*$/,
    "import { dots, line } from './spinners.json'; export default { dots, line };",
  ],
  [/commander.lib.command\.js$/, "require('node:child_process')", '{}'],
];

/**
 * What packages hold is cut down: nobody looks for their names in a stack trace, and 600 KB less are
 * read and parsed.
 */
export const smallerPackages: Plugin = {
  name: 'smaller-packages',
  setup({ onLoad, esbuild }) {
    onLoad({ filter: /node_modules.*\.[cm]?js$/ }, async ({ path }) => {
      const text = NEVER_USED.filter(([files]) => files.test(path)).reduce(
        (before, [, from, instead]) => before.replace(from, () => instead),
        readFileSync(path, 'utf8'),
      );
      const { code } = await esbuild.transform(text, {
        minify: true,
        format: /^(import|export)\b/m.test(text) ? 'esm' : 'cjs',
        platform: 'node',
        target: 'node20',
        legalComments: 'none',
      });
      return { contents: code };
    });
  },
};
