/** The topics of `qwen-demo help TOPIC`. */
import { closest } from '../../core/nearest.ts';
import { UsageError } from '../../core/errors.ts';
import { PROFILE_KEYS } from '../../core/settings/config.ts';
import { helpItems, helpWidth, PIPE_WIDTH } from '../../terminal/help-items.ts';
import { wrapWords } from '../../terminal/wrap.ts';
import { COMMANDS } from '../all.ts';
import type { Context } from '../context.ts';
import { findOwnFiles } from '../paths.ts';
import { TOPICS } from './topic-names.ts';
import { EXIT_CODE_ROWS, SETTING_ROWS } from './tables.ts';

type Topic = (typeof TOPICS)[number][0];

/**
 * Prints a topic.
 * @returns false for a word that names a command
 * @throws UsageError `unknown_topic`
 */
export function showTopic(word: string, context: Context): boolean {
  if (COMMANDS.some(({ name }) => name === word)) return false;
  const names = TOPICS.map(([name]) => name);
  const topic = names.find((name) => name === word);
  if (topic === undefined) {
    if (closest(word, names) === undefined) return false;
    throw new UsageError(`There is no help on "${word}"`, {
      code: 'unknown_topic',
      choice: { given: word, among: names },
    });
  }
  const { stdout } = context.terminal;
  const width = helpWidth(stdout) || PIPE_WIDTH;
  stdout.write(`${TEXTS[topic](width, context).join('\n')}\n`);
  return true;
}

/** The lines of the topic that has the name of a command; none for other commands. */
export function topicOfCommand(path: string, width: number, context: Context): string[] {
  return path === 'config' ? [...TEXTS.config(width, context), ''] : [];
}

const TEXTS: Record<Topic, (width: number, context: Context) => string[]> = {
  environment,
  'exit-codes': exitCodes,
  config,
  formatting,
};

/** Markdown without the marks of code. */
const plain = (text: string) => text.replaceAll('`', '');

function environment(width: number): string[] {
  const items = SETTING_ROWS.filter(({ variables }) => variables !== '').map((row) => {
    const flag = row.flag === '' ? [] : [`flag: ${plain(row.flag)}`];
    const otherwise = row.default === '' ? [] : [`default: ${plain(row.default)}`];
    return [plain(row.variables), [...flag, ...otherwise].join('\n')] as const;
  });
  return [
    wrapWords('A flag comes first, then its variable, then the profile in config.json.', width),
    '',
    ...below(items, width),
    '',
    wrapWords('Secrets never come from a flag. Without a variable:', width),
    '',
    ...below(
      SETTING_ROWS.filter(({ variables }) => variables === '').map((row) => [
        plain(row.flag),
        `default: ${plain(row.default)}`,
      ]),
      width,
    ),
  ];
}

/** Terms with their descriptions below them. */
function below(items: readonly (readonly [string, string])[], width: number): string[] {
  return items.flatMap(([term, about]) => [
    wrapWords(`  ${term}`, width),
    ...about
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => wrapWords(`      ${line}`, width)),
  ]);
}

function exitCodes(width: number): string[] {
  return helpItems(
    EXIT_CODE_ROWS.map(([codes, meaning]) => [codes, plain(meaning)] as const),
    width,
  );
}

function config(width: number, { env }: Context): string[] {
  const path = findOwnFiles(env)?.config;
  const example = '{ "profiles": { "work": { "base_url": "https://llm.example.com/v1" } } }';
  return [
    ...(path === undefined ? [] : [path, '']),
    wrapWords(
      'This file holds the profiles: settings under a name. --profile NAME and QWEN_DEMO_PROFILE ' +
        'choose one; else default_profile in the file does, which auth switch writes; else the ' +
        'profile is "default".',
      width,
    ),
    '',
    ...wrapWords(`  ${example}`, width).split('\n'),
    '',
    wrapWords(
      `A profile can have these keys: ${PROFILE_KEYS.filter((key) => key !== 'from_login').join(', ')}.`,
      width,
    ),
    '',
    wrapWords(
      'models gives names to models, in a profile or beside the profiles. Every flag for a model ' +
        'takes them.',
      width,
    ),
    '',
    wrapWords(
      'from_login lists the keys that auth login wrote; auth logout removes them. Secrets do not ' +
        'belong into this file.',
      width,
    ),
  ];
}

/** What goes where, in one sentence each. */
const FORMATTING = [
  ['stdout', 'The result and nothing else, so that a pipe or a file holds the answer alone.'],
  ['stderr', 'Progress, notices, reasoning, usage and errors.'],
  [
    '--json',
    'One JSON document; with -s one object a line. An error is then one JSON line on stderr.',
  ],
  ['-s, --no-stream', 'Print an answer as it arrives, or whole. At a terminal it arrives.'],
  [
    '--raw',
    'Do not format the answer at a terminal, as "markdown": false in a profile. A pipe always gets the ' +
      'text of the model.',
  ],
  [
    '--sanitize',
    'Drop control sequences of terminals from what servers send. At a terminal always on.',
  ],
  ['NO_COLOR', 'No colors. FORCE_COLOR=1 asks for them in a pipe; otherwise a pipe has none.'],
  [
    'widths',
    'At a terminal, messages, help and tables fit its columns, 80 if it does not know them. In a ' +
      'pipe nothing is wrapped, and the columns of a list are separated by tabs.',
  ],
] as const;

function formatting(width: number): string[] {
  return helpItems(FORMATTING, width);
}
