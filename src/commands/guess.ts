/** Guesses what a wrong command line means. Loaded when an error is reported. */
import { ownValue } from '../core/json.ts';
import type { Command } from 'commander';
import { closest, distance } from '../core/nearest.ts';
import { redact } from '../core/redaction.ts';
import { KEYS } from './config/keys.ts';
import {
  COMMAND_WORDS,
  fitted,
  optionOf,
  type Place,
  refit,
  resolve,
  SECRET_FLAG,
} from './command-tree.ts';
import { quoted } from './hint-commands.ts';

/** Words for the commands of `config`. */
const CONFIG_WORDS: Readonly<Record<string, string>> = {
  show: 'list',
  ls: 'list',
  add: 'set',
  rm: 'unset',
  remove: 'unset',
  delete: 'unset',
};

const KEY_LOGIN = ['auth', 'login', '--with-api-key'];

/** Characters. A longer command is no help. */
const LONGEST = 300;

/** A wrong command line. */
export interface WrongLine {
  /** The `code` of the error. */
  code: string;
  /** The word that commander refuses, without the value of a flag. */
  word: string | undefined;
  choice: { given: string; among: readonly string[] } | undefined;
  /** Without node and script. */
  argv: readonly string[];
  /** With all commands and flags declared. */
  program: Command;
}

/** The line `Did you mean ...?` with the command to type; undefined without a guess. */
export function didYouMean(wrong: WrongLine): string | undefined {
  const { choice } = wrong;
  if (choice !== undefined) return chosen(choice, wrong.argv);
  const argv = withoutHelp(wrong.argv);
  const words = guessed({ ...wrong, argv });
  if (words === undefined || words.join(' ') === argv.join(' ')) return undefined;
  const command = shown(words);
  return command.length > LONGEST ? undefined : `Did you mean \`${command}\`?`;
}

/** The command whose `--help` explains the command line. */
export function helpCommand(program: Command, argv: readonly string[]): string {
  const { path } = resolve(program, withoutHelp(argv));
  return ['qwen-demo', ...path, '--help'].join(' ');
}

/** `help auth login` as the same `auth login --help`. */
function withoutHelp(argv: readonly string[]): readonly string[] {
  return argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
}

/** A value that is not one of a few: the command line with the most similar one. */
function chosen(
  { given, among }: NonNullable<WrongLine['choice']>,
  argv: readonly string[],
): string | undefined {
  const others = among.filter((one) => one !== given);
  const near = closest(given, others);
  if (near === undefined) return undefined;
  let found = false;
  const replaced = argv.map((word) =>
    word
      .split(/([=,])/)
      .map((part) => {
        if (part.trim() !== given) return part;
        found = true;
        return near;
      })
      .join(''),
  );
  const command = shown(replaced);
  return `Did you mean ${found && command.length <= LONGEST ? `\`${command}\`` : near}?`;
}

/** Flags whose values may be secrets that do not look like one. */
const PRIVATE_VALUE = /^(--header|--param|--extra-body)(=|$)/;

/** A command as a user types it. What may be a secret is left out. */
function shown(words: readonly string[]): string {
  const safe = words.map((word, at) => {
    if (PRIVATE_VALUE.test(words[at - 1] ?? '') && !words[at - 1]?.includes('=')) return '...';
    if (PRIVATE_VALUE.test(word)) return word.replace(/=.*/s, '=...');
    return quoted(redact(word).replaceAll(/\/\/[^/@\s]+@/g, '//'));
  });
  return ['qwen-demo', ...safe].join(' ');
}

function guessed({ code, word = '', argv, program }: WrongLine): string[] | undefined {
  if (code === 'unknown_command') return meantCommand(program, word, argv);
  if (code === 'unknown_option') return meantFlag(program, word, argv);
  if (code === 'missing_argument' && argv[0] === 'config')
    return meantSetting('set', argv.slice(2));
  if (code === 'excess_arguments') return meantArgument(program, argv);
  return undefined;
}

/** All words that name a command, with the words of its path. */
function commandWords(program: Command): Map<string, string> {
  // `switch` is that of the first command that has one; a word of other programs comes first.
  const below = program.commands
    .toReversed()
    .flatMap((parent) =>
      parent.commands.map((one) => [one.name(), `${parent.name()} ${one.name()}`] as const),
    );
  const own = program.commands.map((one) => [one.name(), one.name()] as const);
  return new Map([...below, ...Object.entries(COMMAND_WORDS), ['help', 'help'], ...own]);
}

function meantCommand(
  program: Command,
  word: string,
  argv: readonly string[],
): string[] | undefined {
  if (redact(word) !== word) return KEY_LOGIN;
  if (word.trim() === '') return undefined;
  const at = argv.indexOf(word);
  const words = commandWords(program);
  if (at === 1 && argv[0] === 'config') return meantSetting(word, argv.slice(2));
  const siblings = at === 0 ? [] : resolve(program, argv.slice(0, at)).command.commands;
  const near =
    closest(
      word,
      siblings.map((one) => one.name()),
    ) ?? closest(word, [...words.keys()]);
  const rest = argv.slice(at + 1);
  // "What is a monad" without quotes is no misspelt `chat`.
  const asks = near === undefined || (near === 'chat' && !/^[ch]/i.test(word));
  if (asks && argv.includes('--help')) return undefined;
  if (asks) return at === 0 ? refit(program, ['chat'], argv) : undefined;
  // `run MODEL PROMPT`, as Ollama has it.
  const names_model = near === 'run' && rest[0] !== undefined && /^[^-]\S*$/.test(rest[0]);
  if (names_model) return refit(program, ['chat'], ['-m', ...rest]);
  return refit(program, (words.get(near) ?? near).split(' '), rest);
}

/** `config temperature 0.2` and `config set temperature=0.2` set a key, as `config show` lists them. */
function meantSetting(word: string, rest: readonly string[]): string[] | undefined {
  const [key = '', ...values] = [...(word === 'set' ? [] : [word]), ...rest].flatMap((one, at) =>
    at === 0 ? one.split(/=(.*)/s).filter(Boolean) : [one],
  );
  if (KEYS.includes(key)) return ['config', values.length > 0 ? 'set' : 'get', key, ...values];
  const near = closest(word, ['list', 'get', 'set', 'unset']) ?? ownValue(CONFIG_WORDS, word);
  return near === undefined ? undefined : ['config', near, ...rest];
}

function meantFlag(program: Command, flag: string, argv: readonly string[]): string[] | undefined {
  // A prompt that begins with a dash. Commander has taken the short flags at its beginning.
  const text = /\s/.test(flag)
    ? argv.find((word) => word.startsWith('-') && word.endsWith(flag.slice(1)))
    : undefined;
  if (text !== undefined) {
    const others = argv.filter((word) => word !== text && word !== 'chat');
    return [...refit(program, ['chat'], others), '--', text];
  }
  const common = /^-v$/i.test(flag) ? '--version' : commonFlag(flag);
  if (common === '--help') return [...resolve(program, argv).path, common];
  if (common === '--version') return [common];
  const named = commandWords(program).get(flag.replace(/^--/, ''));
  if (named !== undefined && !SECRET_FLAG.test(flag) && !isExact(program, flag)) {
    return refit(program, named.split(' '), resolve(program, argv).rest);
  }
  const target = targetOf(program, flag, argv);
  return target && refit(program, target.path, target.rest);
}

/** `--help` or `--version`, when the flag is one of them misspelt. `--temp` is not `--help`. */
function commonFlag(flag: string): string | undefined {
  return ['--help', '--version'].find(
    (one) => distance(flag, one) <= 2 && flag.startsWith(one.slice(0, 3)),
  );
}

/** The command that the flag belongs to. */
function targetOf(
  program: Command,
  flag: string,
  argv: readonly string[],
): Omit<Place, 'command'> | undefined {
  const here = resolve(program, argv);
  if (here.command !== program) {
    if (fitted(here.command, flag) !== undefined && !isExact(program, flag)) return here;
    const other = SECRET_FLAG.test(flag) ? KEY_LOGIN : ownerOf(program, flag);
    return other && { path: [...other], rest: here.rest };
  }
  // The flag stands before the command.
  const words = commandWords(program);
  const at = argv.findIndex((word) => words.has(word));
  const path = at === -1 ? undefined : words.get(argv[at] ?? '')?.split(' ');
  if (path === undefined) {
    const owner = SECRET_FLAG.test(flag) ? KEY_LOGIN : ownerOf(program, flag);
    return owner && { path: owner, rest: [...argv] };
  }
  const after = resolve(program, [...path, ...argv.slice(at + 1)]);
  return { path: after.path, rest: [...argv.slice(0, at), ...after.rest] };
}

/** The path of the command that has the flag, or a similar one; `chat` comes first. */
function ownerOf(program: Command, flag: string): string[] | undefined {
  const all = program.commands
    .toSorted((one, other) => Number(other.name() === 'chat') - Number(one.name() === 'chat'))
    .flatMap((one) => (one.commands.length > 0 ? one.commands : [one]));
  const owner =
    all.find((one) => optionOf(one, flag)) ?? all.find((one) => fitted(one, flag) !== undefined);
  return owner && [...(owner.parent === program ? [] : [owner.parent?.name() ?? '']), owner.name()];
}

function isExact(program: Command, flag: string): boolean {
  return program.commands.some(
    (one) => optionOf(one, flag) ?? one.commands.some((below) => optionOf(below, flag)),
  );
}

/** Words where the command takes none: models, a profile, or a command after its flags. */
function meantArgument(program: Command, argv: readonly string[]): string[] | undefined {
  const { command, path, rest } = resolve(program, argv);
  const parent = command.parent?.commands ?? [];
  const at = rest.findIndex((word) => parent.some((one) => one.name() === word));
  if (path.length > 1 && at !== -1) {
    const place = [...path.slice(0, -1), rest[at] ?? ''];
    return refit(program, place, [...rest.slice(0, at), ...rest.slice(at + 1)]);
  }
  if (rest.some((word) => redact(word) !== word)) return KEY_LOGIN;
  const flag = ['--model', '--profile'].find((name) => optionOf(command, name));
  const kept = refit(program, path, rest);
  const taken = new Set(kept);
  const operands = rest.filter((word) => !word.startsWith('-') && !taken.has(word));
  if (flag === undefined) return undefined;
  return [...kept, ...operands.flatMap((word) => [flag, word])];
}
