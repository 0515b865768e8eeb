import { existsSync } from 'node:fs';
import type { ChatMessage } from '../../core/chat/messages.ts';
import { UsageError } from '../../core/errors.ts';
import { modelSetting } from '../../core/settings/settings.ts';
import { type Connection, connectWith, settingsOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { loadCheck, readSchema } from './answer-check.ts';
import type { OpenConversation } from './conversation.ts';
import { openDisplay } from './display.ts';
import type { ChatFlags } from './flags.ts';
import { readMessages } from './input.ts';
import { withSchema } from './parameters.ts';
import { type ChatTask, chatTaskOf, storedTaskOf, withWords } from './task.ts';
import { askModel } from './turn.ts';

/** `qwen-demo chat`: asks one question, starts a REPL, or lists, prints or deletes conversations. */
export async function runChat(
  context: Context,
  words: readonly string[],
  flags: ChatFlags,
): Promise<void> {
  requireOnePath(context.argv, words);
  const asked = withWords(...(await splitContinue(context, words, flags)));
  const stored = storedTaskOf(asked);
  if (stored !== undefined) {
    const { runStoredTask } = await import('./stored-conversations.ts');
    return runStoredTask(context, stored);
  }
  const task = chatTaskOf(context, asked, await settingsOf(context, asked));
  if (task.kind === 'repl') {
    const { runRepl } = await import('./repl/run.ts');
    return runRepl(context, task.material, task.request);
  }
  const { conversation } = task.request;
  if (conversation === undefined) return ask(context, task, undefined);
  const { openConversation } = await import('./conversation.ts');
  const opened = await openConversation(context, conversation);
  try {
    await ask(context, task, opened);
  } finally {
    await opened.close();
  }
}

/**
 * `-c` takes the first word of a prompt for the name of a conversation. One that names none is given
 * back to the prompt.
 */
async function splitContinue(
  context: Context,
  words: readonly string[],
  flags: ChatFlags,
): Promise<[words: readonly string[], flags: ChatFlags]> {
  const { continue: name, prompt } = flags;
  if (typeof name !== 'string' || prompt !== undefined) return [words, flags];
  const { meansConversation } = await import('./conversation.ts');
  if (await meansConversation(context, name)) return [words, flags];
  return [[name, ...words], { ...flags, continue: true }];
}

const PATH_FLAG = /^(?:-f|--file|-i|--image)$/;

/**
 * A shell replaces a glob without quotes by several words, of which a flag takes the first one. The
 * others would be sent as the prompt.
 * @throws UsageError `glob_without_quotes`
 */
function requireOnePath(argv: readonly string[], words: readonly string[]): void {
  if (words.length === 0) return;
  const isFile = (word: string | undefined) => word !== undefined && existsSync(word);
  const at = argv.findIndex((flag, index) => {
    const [first, second = ''] = argv.slice(index + 1);
    return PATH_FLAG.test(flag) && words.includes(second) && isFile(first) && isFile(second);
  });
  const [flag = '', first = '', second = ''] = at === -1 ? [] : argv.slice(at);
  if (flag === '') return;
  throw new UsageError(`${flag} takes one path, and "${second}" after it is a file too`, {
    code: 'glob_without_quotes',
    hint: /^-i|^--i/.test(flag)
      ? `Repeat the flag: ${flag} ${first} ${flag} ${second}`
      : `Put a glob in quotes, as in ${flag} "*.js", or repeat the flag: ${flag} ${first} ${flag} ${second}`,
  });
}

type QuestionTask = Extract<ChatTask, { kind: 'question' }>;

/** Asks one question and shows its answer. An open conversation saves both. */
async function ask(
  context: Context,
  { request, sources, json_schema }: QuestionTask,
  opened: OpenConversation | undefined,
): Promise<void> {
  const { display: shown, fallback_models } = request;
  const schema = json_schema === undefined ? undefined : await readSchema(context, json_schema);
  const parameters = schema ? withSchema(request.parameters, schema) : request.parameters;
  const check = await loadCheck(schema, shown.extract);
  const messages = await readMessages(context, { ...sources, ...systemFor(sources, opened) });
  const connection = await connectWith(context, request.settings);
  const { profile, raw_thinking } = connection.settings;
  const model = modelSetting(request.model ?? opened?.model, context.env, profile).value;
  const display = await openDisplay(context, shown);
  const question = opened ? takeSystem(messages, opened) : messages;
  const window = request.window ?? (opened && (await windowSaid(context, connection, model)));
  const limits = { model, window, max_tokens: parameters.max_tokens };
  const sent = opened?.prepareTurn(question, limits) ?? messages;
  const answer = await askModel(context, connection.chat, display, {
    models: [model, ...fallback_models],
    messages: sent,
    shorten: (error) => opened?.shortenTurn(error, sent, question, limits),
    parameters: parameters.body,
    stream: request.stream,
    raw_thinking: raw_thinking.value,
    signal: context.signal,
    check,
  });
  await opened?.saveTurn(question, { ...answer, model });
  if (request.usage) {
    const { usageLine } = await import('./usage-line.ts');
    notice(context, usageLine(answer));
  }
}

/** The window that the endpoint said in its last list. Only a conversation is cut to a window. */
async function windowSaid(context: Context, { endpoint }: Connection, model: string) {
  const { loadWindows } = await import('../last-models.ts');
  return (await loadWindows(context, endpoint))(model);
}

/** The text of the profile is for a conversation that begins; `--system ''` removes that of another. */
function systemFor(
  { system }: QuestionTask['sources'],
  opened: OpenConversation | undefined,
): { default_system?: undefined } {
  if (system === '') opened?.conversation.setSystem(undefined);
  return opened?.begun === true ? { default_system: undefined } : {};
}

/** The messages without a system text at their beginning, which becomes that of the conversation. */
function takeSystem(messages: ChatMessage[], { conversation }: OpenConversation): ChatMessage[] {
  const [first, ...question] = messages;
  if (first?.role !== 'system') return messages;
  if (typeof first.content === 'string') conversation.setSystem(first.content);
  return question;
}
