/** Guesses what a wrong command line means. Loaded when an error is reported. */
import { ownValue } from '../core/json.ts';
import type { Command } from 'commander';
import { closest } from '../core/nearest.ts';
import { redact } from '../core/redaction.ts';
import { KEYS } from './config/keys.ts';
import { commandWords, KEY_LOGIN, optionOf, refit, resolve } from './command-tree.ts';
import { meantFlag } from './guess-flag.ts';
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
  if (words === undefined || words.join('\n') === argv.join('\n')) return undefined;
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
