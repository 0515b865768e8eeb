/** Guesses which flag is meant. */
import type { Command } from 'commander';
import { distance } from '../core/nearest.ts';
import {
  commandWords,
  fitted,
  KEY_LOGIN,
  optionOf,
  type Place,
  refit,
  resolve,
  SECRET_FLAG,
} from './command-tree.ts';

/** The command line with the flag that is probably meant. */
export function meantFlag(
  program: Command,
  flag: string,
  argv: readonly string[],
): string[] | undefined {
  // A prompt that begins with a dash. Commander has taken the short flags at its beginning.
  const text = /\s/.test(flag)
    ? argv.find((word) => word.startsWith('-') && word.endsWith(flag.slice(1)))
    : undefined;
  const here = resolve(program, argv);
  if (text !== undefined && here.command !== program && here.path[0] !== 'chat') {
    // A flag and its value in one word.
    const [name = '', ...value] = text.split(/\s+/);
    if (optionOf(here.command, name) === undefined) return undefined;
    return [
      ...here.path,
      ...here.rest.flatMap((word) => (word === text ? [name, ...value] : word)),
    ];
  }
  if (text !== undefined) {
    const others = argv.filter((word) => word !== text && word !== 'chat');
    return [...refit(program, ['chat'], others), '--', text];
  }
  const common = /^-v$/i.test(flag) ? '--version' : commonFlag(flag);
  if (common === '--help') return [...here.path, common];
  if (common === '--version') return [common];
  const named = commandWords(program).get(flag.replace(/^--/, ''));
  if (named !== undefined && !SECRET_FLAG.test(flag) && !isExact(program, flag)) {
    return refit(program, named.split(' '), here.rest);
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
    // Behind `--` stands a command for `auth exec` or `sandbox`.
    const behind = argv.includes('--');
    if (SECRET_FLAG.test(flag)) return { path: KEY_LOGIN, rest: behind ? [] : here.rest };
    const other = behind ? undefined : ownerOf(program, flag);
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
