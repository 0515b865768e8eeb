/** Where the words of a command line lead in the tree of commands. */
import { ownValue } from '../core/json.ts';
import type { Command, Option } from 'commander';
import { closest } from '../core/nearest.ts';

/** What stores an API key. */
export const KEY_LOGIN = ['auth', 'login', '--with-api-key'];

/** Words that other programs use, and the command that they mean here. */
export const COMMAND_WORDS: Readonly<Record<string, string>> = {
  signin: 'auth login',
  'sign-in': 'auth login',
  signout: 'auth logout',
  'sign-out': 'auth logout',
  whoami: 'auth status',
  me: 'auth status',
  setup: 'auth login',
  init: 'auth login',
  configure: 'auth login',
  key: 'auth login --with-api-key',
  keys: 'auth login --with-api-key',
  profiles: 'auth list',
  use: 'auth switch',
  models: 'list-models',
  ls: 'list-models',
  list: 'list-models',
  ask: 'chat',
  run: 'chat',
  prompt: 'chat',
  repl: 'chat',
  validate: 'validate-models',
  verify: 'validate-models',
  check: 'validate-models',
  completions: 'completion',
  diagnose: 'doctor',
  troubleshoot: 'doctor',
};

/** Flags that other programs have, and the flag that they mean here. */
const FLAG_WORDS: Readonly<Record<string, string>> = {
  '--url': '--base-url',
  '--api-base': '--base-url',
  '--api-url': '--base-url',
  '--endpoint': '--base-url',
  '--max-output-tokens': '--max-tokens',
  '--system-prompt': '--system',
  '--verbose': '--debug',
  '--attachment': '--file',
  '--attach': '--file',
  '-a': '--file',
  '--continue-last': '--continue',
  '-C': '--continue',
  '--resume': '--continue',
  '--session': '--continue',
  '--think': '--enable-thinking',
  '--thinking': '--enable-thinking',
  '--hidethinking': '--hide-reasoning',
  '--schema': '--json-schema',
  '--code': '--extract',
};

/** Flags that carry a secret in other programs. Their values are never shown. */
export const SECRET_FLAG =
  /^--?(.*[-_])?(api[-_]?key|key|token|secret|password|bearer|authorization|auth-token)$/i;

/** A command of a command line. */
export interface Place {
  command: Command;
  path: string[];
  /** The words after the path. */
  rest: string[];
}

/** The command that the first words name. `auth` alone is `auth login`. */
export function resolve(program: Command, argv: readonly string[]): Place {
  let command = program;
  const path: string[] = [];
  for (const word of argv) {
    const below = command.commands.find((one) => one.name() === word);
    if (below === undefined) break;
    command = below;
    path.push(word);
  }
  const rest = argv.slice(path.length);
  const first = command.commands.find((one) => one.name() === 'login');
  if (first === undefined || !rest[0]?.startsWith('-') || rest[0] === '--help') {
    return { command, path, rest };
  }
  return { command: first, path: [...path, 'login'], rest };
}

/** The option of the command with this long or short name. */
export function optionOf(command: Command, flag: string): Option | undefined {
  return command.options.find(
    ({ long, short, hidden }) => !hidden && (long === flag || short === flag),
  );
}

/** The option of the command that a flag means: itself, another word for it, or a similar one. */
export function fitted(command: Command, flag: string): Option | undefined {
  const known = optionOf(command, flag) ?? optionOf(command, ownValue(FLAG_WORDS, flag) ?? '');
  if (known !== undefined || !flag.startsWith('--') || SECRET_FLAG.test(flag)) return known;
  const names = command.options.flatMap(({ long, hidden }) => (long && !hidden ? [long] : []));
  return optionOf(command, closest(flag, names) ?? '');
}

/** The command with those of the words that fit it. The value of an unknown flag is left out. */
export function refit(
  program: Command,
  target: readonly string[],
  words: readonly string[],
): string[] {
  const { command, path } = resolve(program, target);
  const flags = target.slice(path.length);
  if (command === program) return [...target];
  const kept: string[] = [];
  const operands = command.registeredArguments.length > 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word === '--') {
      if (operands) kept.push(...words.slice(at));
      break;
    }
    const [flag = '', ...value] = word.split('=');
    if (!word.startsWith('-') || word === '-') {
      if (operands) kept.push(word);
      continue;
    }
    if (word === '--help' || word === '-h') {
      kept.push(word);
      continue;
    }
    const option = fitted(command, flag);
    const next = words[at + 1];
    const takes = option === undefined ? value.length === 0 : option.required || option.optional;
    const follows = takes && value.length === 0 && next?.startsWith('-') === false;
    const rest = words.slice(at + 1);
    const end = option?.variadic === true ? rest.findIndex((one) => one.startsWith('-')) : 1;
    const values = follows ? rest.slice(0, end === -1 ? undefined : end) : [];
    if (option !== undefined) {
      const name = option.short === flag ? flag : String(option.long);
      kept.push([name, ...value].join('='), ...values);
    }
    at += values.length;
  }
  return [...path, ...flags, ...kept];
}

/** All words that name a command, with the words of its path. */
export function commandWords(program: Command): Map<string, string> {
  // `switch` is that of the first command that has one; a word of other programs comes first.
  const below = program.commands
    .toReversed()
    .flatMap((parent) =>
      parent.commands.map((one) => [one.name(), `${parent.name()} ${one.name()}`] as const),
    );
  const own = program.commands.map((one) => [one.name(), one.name()] as const);
  return new Map([...below, ...Object.entries(COMMAND_WORDS), ['help', 'help'], ...own]);
}
