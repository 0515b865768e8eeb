import { type Command, Option } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { SETTINGS } from '../../core/settings/definitions.ts';
import {
  collect,
  type ConnectionOptions,
  decimalNumber,
  type FlagParser,
  maxAnswerOption,
} from '../options.ts';
import type { PathParser } from '../paths.ts';

/** What commander makes of the command line of `chat`. */
export interface ChatFlags extends ConnectionOptions, ParameterFlags {
  prompt?: string;
  file?: string[];
  image?: string[];
  system?: string;
  messages?: string;
  model?: string;
  fallbackModel?: string[];
  jsonSchema?: string;
  /** Undefined: stream to a terminal only. */
  stream?: boolean;
  hideReasoning?: boolean;
  usage?: boolean;
  output?: string;
  extract?: boolean;
  markdown?: boolean;
  /** The same as `--no-markdown`. */
  raw?: boolean;
  json?: boolean;
  /** True for `--continue` without a name. */
  continue?: string | true;
  new?: string;
  list?: boolean;
  search?: string;
  show?: string;
  delete?: string;
  yes?: boolean;
  maxContext?: number;
}

/** The flags that become fields of the request's body. */
export interface ParameterFlags {
  temperature?: number;
  topP?: number;
  maxTokens?: number;
  seed?: number;
  stop?: string[];
  enableThinking?: boolean;
  /** False for `--no-thinking`, else true. */
  thinking?: boolean;
  thinkingBudget?: number;
  extraBody?: string;
}

export function inputFlags(command: Command, path: PathParser): void {
  const paths = (value: string, before?: string[]) => collect(path(value), before);
  command
    .optionsGroup('Input:')
    .option('-p, --prompt <text>', 'send this prompt; "-" or no prompt reads standard input')
    .option(
      '-f, --file <path>',
      'add a text, picture, folder or "glob" to the prompt (repeatable)',
      paths,
    )
    .option('-i, --image <path|url>', 'add a picture for a vision model (repeatable)', paths)
    .option('--system <text|@file>', 'set the system text')
    .option('--messages <file|->', 'send an OpenAI message array; the prompt follows it', path);
}

type NumberParser = (text: string, source: string) => number;

const isWhole = (least: number) => (value: number) => Number.isSafeInteger(value) && value >= least;
/** DashScope and OpenAI refuse more. */
const MOST_STOPS = 16;
const MOST_CONTEXT = 999_999_999;

export function modelFlags(command: Command, path: PathParser): void {
  command
    .optionsGroup('Model:')
    .option('-m, --model <model>', 'ask this model (default: qwen3-coder-plus)')
    .option(
      '--fallback-model <model>',
      'ask this model if the one before is unavailable (repeatable)',
      collect,
    )
    .option(
      '--temperature <number>',
      'set the sampling temperature, from 0 to 2',
      settingFlag('--temperature', SETTINGS.temperature),
    )
    .option(
      '--top-p <number>',
      'set the nucleus sampling probability, above 0, up to 1',
      settingFlag('--top-p', SETTINGS.top_p),
    )
    .option(
      '--max-tokens <n>',
      'limit the answer to this many tokens',
      settingFlag('--max-tokens', SETTINGS.max_tokens),
    )
    .addOption(maxAnswerOption())
    .option(
      '--seed <n>',
      'use this seed, so that answers can be repeated',
      numberFlag('--seed', 'a whole number from 0', isWhole(0)),
    )
    .option('--stop <text>', 'end the answer before this text (repeatable)', collectStops)
    .option('--enable-thinking', 'let the model think before it answers')
    .addOption(
      new Option('--no-thinking', 'do not let the model think').conflicts([
        'enableThinking',
        'thinkingBudget',
      ]),
    )
    .option(
      '--thinking-budget <n>',
      'limit thinking to this many tokens',
      numberFlag('--thinking-budget', 'a whole number from 1', isWhole(1)),
    )
    .option('--json-schema <file|json>', 'request JSON of this schema; exit 7 if it differs', path)
    .option(
      '--extra-body <json>',
      'add the fields of this object to the request; null removes a field',
    );
}

export function outputFlags(command: Command, path: PathParser): void {
  command
    .optionsGroup('Output:')
    .option('-s, --stream', 'print the answer as it arrives (default on a terminal)')
    .option('--no-stream', 'print the answer when it is complete (default in a pipe)')
    .option('--hide-reasoning', 'do not show the reasoning of the model')
    .option('--raw-thinking', 'leave a <think> block where it is in the answer')
    .option('-u, --usage', 'show tokens and speed on stderr')
    .option('--no-usage', 'do not show them (default)')
    .option('-o, --output <file>', 'write a complete answer to this file', path)
    .addOption(
      new Option('-x, --extract', 'print code blocks only').conflicts(['json', 'jsonSchema']),
    )
    .addOption(new Option('--raw', 'do not render Markdown on a terminal').conflicts('markdown'))
    .option('--markdown', 'render Markdown on a terminal (default)')
    .addOption(new Option('--no-markdown', 'do not render it').hideHelp())
    .option('--json', 'print one JSON document, or with -s one JSON object per line');
}

export function conversationFlags(command: Command): void {
  const alone = (flag: string, about: string, ...others: string[]) =>
    new Option(flag, about).conflicts([...others, 'prompt', 'continue', 'new']);
  command
    .optionsGroup('Conversation:')
    .addOption(
      new Option(
        '-c, --continue [name]',
        'continue a saved conversation (default: the latest)',
      ).conflicts(['new', 'messages']),
    )
    .addOption(new Option('--new <name>', 'begin a conversation and save it').conflicts('messages'))
    .addOption(alone('--list', 'list saved conversations', 'search', 'show', 'delete'))
    .addOption(alone('--search <text>', 'find a text in saved conversations', 'show', 'delete'))
    .addOption(alone('--show <name>', 'print a saved conversation', 'delete'))
    .addOption(alone('--delete <name>', 'delete a saved conversation'))
    .option('--yes', 'with --delete: do not ask')
    .option(
      '--max-context <n>',
      'set the context window of the model, in tokens (default: by model)',
      numberFlag(
        '--max-context',
        'a whole number from 1, in tokens',
        (value) => isWhole(1)(value) && value <= MOST_CONTEXT,
      ),
    );
}

/** A flag that is checked like its setting in a profile. */
function settingFlag(flag: string, { parse }: { parse: NumberParser }): FlagParser {
  return (text) => parse(text, flag);
}

/** A number that becomes a field of the request, also in the notation `1e-3`. */
function numberFlag(flag: string, what: string, accepts: (value: number) => boolean): FlagParser {
  return decimalNumber(flag, { what, code: 'invalid_parameter', accepts, scientific: true });
}

function collectStops(value: string, before: string[] = []): string[] {
  if (value === '') throw invalidParameter('--stop must not be empty');
  if (before.length < MOST_STOPS) return collect(value, before);
  throw invalidParameter(`--stop can be given ${MOST_STOPS} times at most`);
}

function invalidParameter(message: string): UsageError {
  return new UsageError(message, { code: 'invalid_parameter' });
}
