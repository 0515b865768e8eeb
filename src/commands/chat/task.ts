import { UsageError } from '../../core/errors.ts';
import { isStdin } from '../../core/files/read-to-end.ts';
import { type ChatSettings, chatSettings } from '../../core/settings/chat-settings.ts';
import type { Settings } from '../../core/settings/settings.ts';
import type { Terminal } from '../../terminal/terminal.ts';
import type { Context } from '../context.ts';
import type { ConversationChoice } from './conversation.ts';
import type { DisplayOptions } from './display.ts';
import type { ChatFlags } from './flags.ts';
import type { Material, PromptSources } from './input.ts';
import { requestParameters, type RequestParameters, settingFlags } from './parameters.ts';
import type { StoredTask } from './stored-conversations.ts';
import { systemOf } from './system.ts';

/** The question that a `chat` command asks, or the REPL that it starts. */
export type ChatTask =
  | { kind: 'repl'; material: Material; request: RequestOptions }
  | {
      kind: 'question';
      sources: PromptSources;
      request: RequestOptions;
      json_schema: string | undefined;
    };

/** How a question is sent and its answer shown: the same for one question and for a REPL. */
export interface RequestOptions {
  settings: Settings;
  /** Undefined: the model of the conversation, or of the settings. */
  model: string | undefined;
  /** Asked in this order if the model before is unavailable. */
  fallback_models: readonly string[];
  parameters: RequestParameters;
  /** Undefined for a conversation that is not saved. */
  conversation: ConversationChoice | undefined;
  /** Context window in tokens, undefined to take it from the model. */
  window: number | undefined;
  /** Whether to request an event stream. */
  stream: boolean;
  display: DisplayOptions;
  /** Whether to show tokens and speed after each answer. */
  usage: boolean;
}

/** The name of commander's flags for a stored conversation. */
const STORED = ['list', 'search', 'show', 'delete'] as const;

/**
 * The flags, with the words of the command line as the prompt.
 * @throws UsageError `prompt_twice`, `conflicting_option`
 */
export function withWords(words: readonly string[], flags: ChatFlags): ChatFlags {
  if (words.length === 0) return flags;
  if (flags.prompt !== undefined) {
    throw new UsageError('The prompt is given twice, with -p and without', {
      code: 'prompt_twice',
      hint: 'Give it once. A prompt of several words needs quotes after -p: qwen-demo chat -p "what is a monad"',
    });
  }
  const stored = STORED.find((name) => flags[name] !== undefined);
  if (stored !== undefined) {
    throw new UsageError(`--${stored} sends no prompt, and there is one`, {
      code: 'conflicting_option',
      hint: `Use them one after the other, each with its own qwen-demo chat.`,
    });
  }
  return { ...flags, prompt: words.join(' ') };
}

type Streams = Pick<Terminal, 'stdin' | 'stdout'>;

/**
 * What the flags and the settings ask for on this terminal.
 * @throws UsageError `invalid_parameter`, and the errors of {@link chatSettings}
 */
export function chatTaskOf(
  { env, terminal }: Pick<Context, 'env'> & { terminal: Streams },
  flags: ChatFlags,
  settings: Settings,
): ChatTask {
  const { prompt, messages, jsonSchema: json_schema } = flags;
  const { file: files = [], image: images = [] } = flags;
  const own = chatSettings({ flags: settingFlags(flags), env, profile: settings.profile });
  const material = { ...systemOf(own.system, env), files, images };
  const request = requestOptionsOf(flags, settings, own, terminal);
  if (startsRepl(flags, terminal)) return { kind: 'repl', material, request };
  const sources = { ...material, prompt, messages };
  return { kind: 'question', sources, request, json_schema };
}

/** What `--list`, `--search`, `--show` and `--delete` ask for; undefined without them. */
export function storedTaskOf(flags: ChatFlags): StoredTask | undefined {
  const { list, search, show, delete: name, yes, json, sanitize, markdown } = flags;
  const format = { json: json === true, sanitize: sanitize === true };
  if (search !== undefined) return { action: 'search', text: search, ...format };
  if (show !== undefined) {
    return { action: 'show', name: show, markdown: markdown === true, ...format };
  }
  if (name !== undefined) return { action: 'delete', name, ask: yes !== true };
  return list === true ? { action: 'list', ...format } : undefined;
}

/** On a terminal, without a prompt and without a flag that only one answer can have. */
function startsRepl(flags: ChatFlags, { stdin, stdout }: Streams): boolean {
  const { prompt, messages, json, output, extract, jsonSchema } = flags;
  // The session reads its own standard input.
  if ([...(flags.file ?? []), ...(flags.image ?? [])].some(isStdin)) return false;
  const single = [prompt, messages, json, output, extract, jsonSchema];
  if (single.some((flag) => flag !== undefined)) return false;
  return stdin.isTTY === true && stdout.isTTY === true;
}

function requestOptionsOf(
  flags: ChatFlags,
  settings: Settings,
  own: ChatSettings,
  terminal: Streams,
): RequestOptions {
  const parameters = requestParameters(flags, own);
  const display = displayOptionsOf(flags, own, terminal);
  return {
    settings,
    model: flags.model,
    fallback_models: own.fallback_models,
    parameters,
    conversation: conversationOf(flags),
    window: flags.maxContext,
    // Services let their models think in a stream only, also if the answer is shown at its end.
    stream: display.stream || parameters.enable_thinking,
    display,
    usage: own.usage === true,
  };
}

function conversationOf(flags: ChatFlags): ConversationChoice | undefined {
  if (flags.new !== undefined) return { kind: 'new', name: flags.new };
  if (flags.continue === undefined) return undefined;
  return flags.continue === true ? { kind: 'latest' } : { kind: 'named', name: flags.continue };
}

function displayOptionsOf(
  flags: ChatFlags,
  own: ChatSettings,
  { stdout }: Streams,
): DisplayOptions {
  const { json, output, sanitize, hideReasoning, jsonSchema, extract } = flags;
  // A script reads what --json prints: only -s makes it one object per line.
  const preferred = json === true ? false : own.stream;
  const stream = flags.stream ?? preferred ?? (stdout.isTTY === true && output === undefined);
  return {
    format: json === true ? (stream ? 'events' : 'json') : 'text',
    sanitize: sanitize === true,
    stream,
    hide_reasoning: hideReasoning === true,
    unfence: jsonSchema !== undefined,
    extract: extract === true,
    markdown: own.markdown !== false,
    output: output !== undefined && isStdout(output) ? undefined : output,
  };
}

/**
 * Whether a path names standard output. It is then written like any other answer: opening it again
 * fails for a socket, and in a file starts a position of its own.
 */
function isStdout(path: string): boolean {
  return /^(-|\/dev\/stdout|\/dev\/fd\/1|\/proc\/self\/fd\/1)$/.test(path);
}
