import type { StreamParser, StringStream } from '@codemirror/streamparser';
import type { ChalkInstance } from 'chalk';

type Parser = StreamParser<unknown>;
type Load = () => Promise<Parser>;

const script: Load = async () =>
  (await import('@codemirror/legacy-modes/mode/javascript')).javascript;
const types: Load = async () =>
  (await import('@codemirror/legacy-modes/mode/javascript')).typescript;
const shell: Load = async () => (await import('@codemirror/legacy-modes/mode/shell')).shell;
const python: Load = async () => (await import('@codemirror/legacy-modes/mode/python')).python;
const yaml: Load = async () => (await import('@codemirror/legacy-modes/mode/yaml')).yaml;
const html: Load = async () => (await import('@codemirror/legacy-modes/mode/xml')).html;
const clike =
  (name: 'c' | 'cpp' | 'csharp' | 'dart' | 'java' | 'kotlin' | 'scala'): Load =>
  async () =>
    (await import('@codemirror/legacy-modes/mode/clike'))[name];
const css = (name: 'css' | 'less' | 'sCSS'): Load => {
  return async () => (await import('@codemirror/legacy-modes/mode/css'))[name];
};

/** By the word after a fence. Each language is loaded when its first fence opens. */
const LANGUAGES: Readonly<Record<string, Load>> = {
  javascript: script,
  js: script,
  jsx: script,
  mjs: script,
  typescript: types,
  ts: types,
  tsx: types,
  json: async () => (await import('@codemirror/legacy-modes/mode/javascript')).json,
  jsonc: script,
  json5: script,
  python,
  py: python,
  python3: python,
  bash: shell,
  sh: shell,
  shell,
  zsh: shell,
  console: shell,
  'shell-session': shell,
  fish: shell,
  go: async () => (await import('@codemirror/legacy-modes/mode/go')).go,
  rust: async () => (await import('@codemirror/legacy-modes/mode/rust')).rust,
  rs: async () => (await import('@codemirror/legacy-modes/mode/rust')).rust,
  c: clike('c'),
  h: clike('c'),
  cpp: clike('cpp'),
  'c++': clike('cpp'),
  csharp: clike('csharp'),
  cs: clike('csharp'),
  'c#': clike('csharp'),
  java: clike('java'),
  kotlin: clike('kotlin'),
  scala: clike('scala'),
  dart: clike('dart'),
  css: css('css'),
  less: css('less'),
  scss: css('sCSS'),
  sql: async () => (await import('@codemirror/legacy-modes/mode/sql')).standardSQL,
  yaml,
  yml: yaml,
  toml: async () => (await import('@codemirror/legacy-modes/mode/toml')).toml,
  ini: async () => (await import('@codemirror/legacy-modes/mode/properties')).properties,
  xml: async () => (await import('@codemirror/legacy-modes/mode/xml')).xml,
  svg: async () => (await import('@codemirror/legacy-modes/mode/xml')).xml,
  html,
  vue: html,
  ruby: async () => (await import('@codemirror/legacy-modes/mode/ruby')).ruby,
  rb: async () => (await import('@codemirror/legacy-modes/mode/ruby')).ruby,
  lua: async () => (await import('@codemirror/legacy-modes/mode/lua')).lua,
  swift: async () => (await import('@codemirror/legacy-modes/mode/swift')).swift,
  diff: async () => (await import('@codemirror/legacy-modes/mode/diff')).diff,
  patch: async () => (await import('@codemirror/legacy-modes/mode/diff')).diff,
  dockerfile: async () => (await import('@codemirror/legacy-modes/mode/dockerfile')).dockerFile,
  docker: async () => (await import('@codemirror/legacy-modes/mode/dockerfile')).dockerFile,
  powershell: async () => (await import('@codemirror/legacy-modes/mode/powershell')).powerShell,
};

/** Colors that can be read on light and on dark backgrounds; all other code has the color of the text. */
const COLORS: Readonly<Record<string, (style: ChalkInstance) => ChalkInstance>> = {
  keyword: ({ magenta }) => magenta,
  controlKeyword: ({ magenta }) => magenta,
  operatorKeyword: ({ magenta }) => magenta,
  modifier: ({ magenta }) => magenta,
  string: ({ green }) => green,
  character: ({ green }) => green,
  attributeValue: ({ green }) => green,
  inserted: ({ green }) => green,
  number: ({ red }) => red,
  atom: ({ red }) => red,
  bool: ({ red }) => red,
  null: ({ red }) => red,
  deleted: ({ red }) => red,
  comment: ({ dim }) => dim,
  tagName: ({ magenta }) => magenta,
  typeName: ({ bold }) => bold,
  heading: ({ bold }) => bold,
  meta: ({ dim }) => dim,
};

/** Colors one line after the other of one piece of code. */
export type Highlight = (line: string) => string;

/** Everything that needs the packages of a language. */
interface Highlighting {
  parser: Parser;
  Stream: typeof StringStream;
}

const loaded = new Map<string, Highlighting>();

/** Loads the language of a fence; undefined when that is done, or nothing is known of it. */
export function loadLanguage(info: string): Promise<void> | undefined {
  const name = languageOf(info);
  const load = Object.hasOwn(LANGUAGES, name) ? LANGUAGES[name] : undefined;
  if (load === undefined || loaded.has(name)) return undefined;
  return Promise.all([load(), import('@codemirror/streamparser')]).then(
    ([parser, { StringStream: Stream }]) => void loaded.set(name, { parser, Stream }),
  );
}

/** The word after a fence: `js` of `js {1,3} title="a.js"`, also of `{.js}` and `js,editable`. */
function languageOf(info: string): string {
  return /^[{.\s]*([\w+#-]+)/.exec(info)?.[1]?.toLowerCase() ?? '';
}

/** Characters. Some languages need quadratic time for a long line. */
const LONGEST_LINE = 2000;
/** Tokens without a character, one after the other, before one is skipped. */
const MOST_EMPTY = 10;

/** Colors code of the language of a fence; undefined unless {@link loadLanguage} has loaded it. */
export function highlightOf(info: string, style: ChalkInstance): Highlight | undefined {
  const found = loaded.get(languageOf(info));
  if (found === undefined) return undefined;
  const { parser, Stream } = found;
  let state: unknown = parser.startState?.(2) ?? {};
  let broken = false;

  function colored(line: string): string {
    if (line === '') parser.blankLine?.(state, 2);
    const stream = new Stream(line, 4, 2);
    let shown = '';
    let empty = 0;
    while (!stream.eol()) {
      stream.start = stream.pos;
      const token = parser.token(stream, state);
      if (stream.pos === stream.start && (empty += 1) > MOST_EMPTY) stream.next();
      if (stream.pos > stream.start) empty = 0;
      shown += painted(stream.current(), token, style);
    }
    return shown;
  }

  return (line) => {
    if (broken || line.length > LONGEST_LINE) return line;
    try {
      return colored(line);
    } catch {
      // Half a program can be more than a language expects: the rest stays without colors.
      broken = true;
      state = undefined;
      return line;
    }
  };
}

function painted(text: string, token: string | null, style: ChalkInstance): string {
  const names = token?.split(/[ .]/) ?? [];
  const color = names
    .map((name) => (Object.hasOwn(COLORS, name) ? COLORS[name] : undefined))
    .find((one) => one !== undefined);
  return color === undefined ? text : color(style)(text);
}
