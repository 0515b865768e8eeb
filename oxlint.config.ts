import { defineConfig } from 'oxlint';

/** The folders of src from the top down. Each may import itself and what its row names. */
const FOLDERS: readonly Folder[] = [
  { name: 'commands', may: ['reporters', 'terminal', 'sandbox', 'core'] },
  { name: 'reporters', may: ['terminal'], typesOf: ['core'] },
  { name: 'terminal', may: [], typesOf: ['core'] },
  { name: 'sandbox', may: [], files: ['core/errors.ts', 'core/number.ts', 'core/ports.ts'] },
  { name: 'library', may: ['core'] },
  { name: 'core', may: [] },
];

/**
 * The folders of core from the bottom up. Each may import those before it and the files of core
 * itself (errors, ports, ...), which import none of them.
 */
const CORE_FOLDERS = [
  'files',
  'qwen',
  'http',
  'settings',
  'oauth',
  'credentials',
  'api',
  'chat',
  'models',
  'conversation',
  'validation',
] as const;

/** Core has no terminal, no process and no clock of its own. */
const NOT_IN_CORE = {
  modules: ['process', 'child_process', 'readline', 'timers', 'tty'],
  packages: ['chalk', 'ora', 'commander', 'open', 'uqr', 'cli-table3'],
  globals: [
    'process',
    'console',
    'fetch',
    'setTimeout',
    'setInterval',
    'setImmediate',
    'Date',
    'performance',
  ],
};

interface Folder {
  name: string;
  may: readonly string[];
  /** Folders of which only types may be imported. */
  typesOf?: readonly string[];
  /** Single files that may be imported from a folder that is closed otherwise. */
  files?: readonly string[];
}

interface ImportPattern {
  regex?: string;
  group?: string[];
  allowTypeImports?: boolean;
  message: string;
}

/** One override: the patterns that no import in these files may match. */
const restrictImports = (files: string, patterns: ImportPattern[]) => ({
  files: [files],
  rules: {
    'no-restricted-imports': ['error', { patterns }] as ['error', { patterns: ImportPattern[] }],
  },
});

/** Relative imports that lead into one of the folders, or to a file at the top of src. */
const into = (folders: readonly string[]): string =>
  `^[.].*/(${folders.join('|')})/|^[./]+/(main|program|cli|command-line)[.]ts$`;

const ONE_WAY =
  'imports point one way: main, program, cli, command-line, commands, then reporters, terminal, sandbox and core';
const CORE_ONE_WAY = `core imports one way: ${CORE_FOLDERS.toReversed().join(', ')}, then errors and ports`;

const folderRules = FOLDERS.filter(({ name }) => name !== 'core').map(
  ({ name, may, typesOf = [], files = [] }) => {
    const others = FOLDERS.map((folder) => folder.name).filter((other) => other !== name);
    const single = files.map((file) => file.split('/')[0]);
    const open = [...may, ...typesOf, ...single];
    const closed = others.filter((other) => !open.includes(other));
    return restrictImports(`src/${name}/**`, [
      { regex: into([...closed, 'test']), message: ONE_WAY },
      ...typesOf.map((other) => ({
        regex: `^[.].*/${other}/`,
        allowTypeImports: true,
        message: `only the types of ${other} may be imported here`,
      })),
      ...(files.length > 0
        ? [
            {
              group: [...new Set(single)]
                .map((folder) => `**/${folder}/**`)
                .concat(files.map((file) => `!**/${file}`)),
              message: `only ${files.join(' and ')} may be imported here`,
            },
          ]
        : []),
    ]);
  },
);

const silent: ImportPattern = {
  regex: `^(node:)?(${NOT_IN_CORE.modules.join('|')})(/|$)|^(${NOT_IN_CORE.packages.join('|')})(/|$)`,
  message: 'core is silent: no terminal, no process, no clock of its own',
};

// The first entry is for the files of core itself and for a folder that the list does not name.
const coreRules = ['**', ...CORE_FOLDERS.map((name) => `${name}/**`)].map((files, height) => {
  const others = FOLDERS.map(({ name }) => name).filter((name) => name !== 'core');
  const higher = CORE_FOLDERS.slice(height);
  return restrictImports(`src/core/${files}`, [
    { regex: into([...others, 'test', ...higher]), message: CORE_ONE_WAY },
    silent,
  ]);
});

export default defineConfig({
  plugins: ['eslint', 'typescript', 'unicorn', 'oxc', 'import', 'promise', 'node'],
  env: { builtin: true, node: true },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: ['dist', 'coverage'],
  categories: { correctness: 'error', suspicious: 'error', perf: 'error' },
  rules: {
    'max-lines': ['error', { max: 250 }],
    'import/no-cycle': ['error', { ignoreTypes: false }],
    'no-await-in-loop': 'off',
    'no-control-regex': 'off',
    'no-underscore-dangle': 'off',
    'no-shadow': 'off',
    'oxc/no-map-spread': 'off',
    'unicorn/consistent-function-scoping': 'off',
    'unicorn/prefer-set-has': 'off',
    'promise/always-return': 'off',
    'promise/no-promise-in-callback': 'off',
    'import/no-named-as-default': 'off',
    'import/no-named-as-default-member': 'off',
    'typescript/consistent-return': 'off',
    'typescript/no-misused-spread': 'off',
    'typescript/no-unsafe-type-assertion': 'off',
    'typescript/unbound-method': 'off',
    eqeqeq: ['error', 'always', { null: 'ignore' }],
    'no-var': 'error',
    'prefer-const': 'error',
    'no-throw-literal': 'error',
    'prefer-promise-reject-errors': 'off',
    'typescript/prefer-promise-reject-errors': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/await-thenable': 'error',
    'typescript/return-await': 'error',
    'typescript/switch-exhaustiveness-check': [
      'error',
      { considerDefaultExhaustiveForUnions: true },
    ],
    'typescript/no-unsafe-argument': 'error',
    'typescript/no-unsafe-assignment': 'error',
    'typescript/no-unsafe-call': 'error',
    'typescript/no-unsafe-member-access': 'error',
    'typescript/no-unsafe-return': 'error',
    'unicorn/prefer-node-protocol': 'error',
  },
  overrides: [
    restrictImports('src/**', [
      { regex: '^[.].*/test/', message: 'the program does not import its tests' },
    ]),
    ...folderRules,
    ...coreRules,
    {
      files: ['src/core/**'],
      rules: {
        'no-restricted-globals': [
          'error',
          { globals: NOT_IN_CORE.globals, checkGlobalObject: true, globalObjects: ['global'] },
        ],
        'no-restricted-properties': [
          'error',
          { object: 'AbortSignal', property: 'timeout', message: 'Use Clock.timeout.' },
          { object: 'Math', property: 'random', message: 'Use Random.' },
        ],
      },
    },
    {
      files: ['test/**'],
      rules: {
        'no-restricted-properties': [
          'error',
          {
            property: 'pathname',
            allowObjects: ['address'],
            message:
              'The pathname of a file URL is percent-encoded: use fileURLToPath. The URL of a request is called address.',
          },
        ],
        'typescript/no-base-to-string': 'off',
        'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
        'typescript/no-non-null-assertion': 'off',
        'typescript/no-unsafe-argument': 'off',
        'typescript/no-unsafe-assignment': 'off',
        'typescript/no-unsafe-call': 'off',
        'typescript/no-unsafe-member-access': 'off',
        'typescript/no-unsafe-return': 'off',
        'typescript/restrict-template-expressions': 'off',
      },
    },
  ],
});
