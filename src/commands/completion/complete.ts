/** What can follow a command line: no request is sent, and no file is written. */
import { ownValue } from '../../core/json.ts';
import type { Command, Option } from 'commander';
import { isConversationName } from '../../core/conversation/store.ts';
import { ABILITIES } from '../../core/qwen/models.ts';
import { PROBE_NAMES } from '../../core/validation/report.ts';
import { everyProfile } from '../profiles.ts';
import { conversationStore } from '../chat/conversation.ts';
import { KEYS } from '../config/keys.ts';
import { FIELDS, ORDERS } from '../list-models/fields.ts';
import { optionOf, type Place, resolve } from '../command-tree.ts';
import type { Context } from '../context.ts';
import { TOPICS } from '../help/topic-names.ts';
import { knownModelIds } from '../known-models.ts';
import { FORMATS } from '../validate-models/flags.ts';
import { SHELLS } from './scripts.ts';

/** A word, and what it means or does. */
type Candidate = readonly [word: string, about: string];

/** The line that stands for the files of the folder. */
const FILES: readonly Candidate[] = [[':files', '']];

/** Where the values of a flag come from. They may be separated by commas where the flag allows it. */
type Source = (context: Context) => Promise<readonly string[]> | readonly string[];

const conversations: Source = async (context) =>
  (await conversationStore(context).list()).map(({ name }) => name).filter(isConversationName);

const SOURCES: Readonly<Record<string, Source>> = {
  '--model': knownModelIds,
  '--fallback-model': knownModelIds,
  '--profile': everyProfile,
  '--continue': conversations,
  '--show': conversations,
  '--delete': conversations,
  '--probe': () => PROBE_NAMES,
  '--report': () => FORMATS,
  '--ability': () => ABILITIES,
  '--fields': () => FIELDS,
  '--sort': () => ORDERS,
  '--fault': async () => [...(await import('../../sandbox/faults/table.ts')).FAULTS.keys()],
};
const WITH_COMMAS = ['--probe', '--ability', '--model', '--fields'];

/** The words of an argument. */
const ARGUMENTS: Readonly<Record<string, Source>> = {
  'auth switch': everyProfile,
  completion: () => SHELLS,
  'config get': () => KEYS,
  'config set': () => KEYS,
  'config unset': () => KEYS,
  'list-models': knownModelIds,
};

/** A shell puts the word into the command line as it is. Ids of models come from servers. */
const PLAIN = /^[\w@%+=,./][\w@%+=:,./-]*$|^--?\w[\w=-]*[\w@%+=:,./-]*$/;

/**
 * The candidates for the last of the words, one a line.
 * @param words without the name of the program; the last one may be ''
 */
export async function complete(
  words: readonly string[],
  program: Command,
  context: Context,
): Promise<string> {
  const found = await candidates(words, program, context).catch(() => []);
  const current = words.at(-1) ?? '';
  return found
    .filter((one) => one === FILES[0] || (PLAIN.test(one[0]) && one[0].startsWith(current)))
    .map(([word, about]) =>
      `${word}\t${about.replaceAll(/\s+/g, ' ')}\n`.replace(/^(:files)\t/, '$1'),
    )
    .join('');
}

async function candidates(
  words: readonly string[],
  program: Command,
  context: Context,
): Promise<readonly Candidate[]> {
  const before = words.slice(0, -1);
  const current = words.at(-1) ?? '';
  if (before[0] === 'help') return topics(before.slice(1), program);
  // `auth --pl` is `auth login --pl`.
  const place = resolve(program, current.startsWith('-') ? words : before);
  const { command, path } = place;
  const dashes = before.indexOf('--');
  if (dashes !== -1) {
    const rest = words.slice(dashes + 1);
    return command.name() === 'sandbox' ? candidates(rest, program, context) : [];
  }
  const [flag = '', ...value] = current.split('=');
  const named = optionOf(command, flag);
  if (value.length > 0 && named) return valuesOf(named, value.join('='), `${flag}=`, context);
  const last = optionOf(command, before.at(-1) ?? '');
  if (last?.required || (last?.optional && !current.startsWith('-'))) {
    return valuesOf(last, current, '', context);
  }
  if (current.startsWith('-')) return flagsOf(command, current);
  const operands = [...commandsOf(command, path, before), ...(await argumentsOf(place, context))];
  const has_text = command.registeredArguments.length > 0 || command === program;
  return operands.length > 0 || has_text ? operands : flagsOf(command, '--');
}

function commandsOf(command: Command, path: string[], before: readonly string[]): Candidate[] {
  if (before.length > path.length) return [];
  const below = command.commands.map((one): Candidate => [one.name(), one.description()]);
  return command.parent === null ? [...below, ['help', 'Explain a command or a topic.']] : below;
}

async function argumentsOf(
  { command, path, rest }: Place,
  context: Context,
): Promise<readonly Candidate[]> {
  const name = path.join(' ');
  const first = rest.find(
    (word, at) => !word.startsWith('-') && !optionOf(command, rest[at - 1] ?? '')?.required,
  );
  if (name === 'config set' && first !== undefined) return settingValues(first, command, context);
  if (first !== undefined && !command.registeredArguments[0]?.variadic) return [];
  const source = ownValue(ARGUMENTS, name);
  return withoutAbout((await source?.(context)) ?? []);
}

/** The values of a key of config.json are those of its flag. */
async function settingValues(
  key: string,
  { parent }: Command,
  context: Context,
): Promise<readonly Candidate[]> {
  const flag = `--${key.replaceAll('_', '-')}`;
  const program = parent?.parent?.commands ?? [];
  const login = program.flatMap(({ commands }) => commands).find((one) => one.name() === 'login');
  const owners = [program.find((one) => one.name() === 'chat'), login];
  const [option] = owners.flatMap((one) => (one && optionOf(one, flag)) ?? []);
  if (/^(models\.|fallback_models$)/.test(key)) return withoutAbout(await knownModelIds(context));
  if (option === undefined) return [];
  if (!option.required && !option.optional) return withoutAbout(['true', 'false']);
  return valuesOf(option, '', '', context);
}

const withoutAbout = (values: readonly string[]) => values.map((word): Candidate => [word, '']);

function topics(before: readonly string[], program: Command): Candidate[] {
  const { command, path } = resolve(program, before);
  if (path.length < before.length) return [];
  const below = command.commands.map((one): Candidate => [one.name(), one.description()]);
  return command === program ? [...below, ...TOPICS] : below;
}

/** The long flags; a short one only when it is typed whole. */
function flagsOf(command: Command, current: string): Candidate[] {
  return command.options
    .filter(({ hidden }) => !hidden)
    .flatMap(({ long, short, description }): Candidate[] => {
      const name = short === current ? short : long;
      return name ? [[name, description]] : [];
    })
    .concat([['--help', 'display help for command']]);
}

async function valuesOf(
  option: Option,
  typed: string,
  prefix: string,
  context: Context,
): Promise<readonly Candidate[]> {
  const long = option.long ?? '';
  const source = ownValue(SOURCES, long);
  const values = option.argChoices ?? (await source?.(context));
  if (values === undefined) return /file|path/i.test(option.flags) ? FILES : [];
  if (long === '--report' && typed.includes('=')) return FILES;
  const comma = WITH_COMMAS.includes(long) ? typed.lastIndexOf(',') + 1 : 0;
  const earlier = typed.slice(0, comma);
  return values.map((value): Candidate => [`${prefix}${earlier}${value}`, '']);
}
