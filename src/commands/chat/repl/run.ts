import { modelNamed } from '../../../core/settings/model-names.ts';
import { modelSetting } from '../../../core/settings/settings.ts';
import type { ModelList } from '../../../core/models/list.ts';
import { type Connection, connectWith } from '../../connect.ts';
import { safeFor } from '../../../terminal/writer.ts';
import type { Context } from '../../context.ts';
import { knownAt, knownModelIds } from '../../known-models.ts';
import { keepModels, loadWindows } from '../../last-models.ts';
import { notice } from '../../notice.ts';
import { createAttachments } from '../attachments.ts';
import { conversationStore, type OpenConversation, openConversation } from '../conversation.ts';
import type { Material } from '../input.ts';
import { readSystem } from '../system.ts';
import type { RequestOptions } from '../task.ts';
import { completeLine, type CompletionSources } from './completion.ts';
import { openHistory } from './history.ts';
import { type LineEditor, openLineEditor } from './line-editor.ts';
import { readMessage } from './message-input.ts';
import { attachMentioned } from './mentions.ts';
import { createRepl, type Repl, reportFailure } from './repl.ts';
import { parseCommand, runCommand } from './slash-commands.ts';
import { secretsOfRun } from '../../secrets.ts';

/** 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/**
 * `qwen-demo chat` on a terminal without a prompt: asks one question after another until Ctrl-D.
 * @throws the errors of files, login, settings and conversation, before the first question
 */
export async function runRepl(
  context: Context,
  { system, default_system, files, images }: Material,
  request: RequestOptions,
): Promise<void> {
  const systemText = await readSystem(context, { system, default_system });
  const attachments = createAttachments((text) => notice(context, text));
  await attachments.addAll({ files, images }, context);
  const opened = await openConversation(context, request.conversation);
  let close = opened.close;
  try {
    const replaces = system !== undefined || !opened.begun;
    if (replaces && systemText !== undefined)
      opened.conversation.setSystem(systemText || undefined);
    const [connection, history] = await Promise.all([
      connectWith(context, request.settings),
      openHistory(context),
    ]);
    const { endpoint, settings } = connection;
    let windowSaid = await loadWindows(context, endpoint);
    const { profile, raw_thinking } = settings;
    const model = modelSetting(request.model ?? opened.model, context.env, profile).value;
    const sources: CompletionSources = {
      env: context.env,
      models: () => knownModelIds(context),
      conversations: () => storedNames(context),
    };
    const editor = await openLineEditor(context.terminal, {
      history: history.lines,
      complete: (line) => completeLine(line, sources),
    });
    const { fallback_models, parameters, stream, display, window, usage } = request;
    const repl = createRepl(context, connection.chat, {
      opened,
      system: systemText || undefined,
      model,
      idOf: (name) => modelNamed(name, profile),
      attachments,
      fallback_models,
      parameters,
      stream,
      display,
      raw_thinking: raw_thinking.value,
      windowOf: (name) => window ?? windowSaid(name),
      host: new URL(endpoint).host,
      async listModels(signal) {
        const list = await readModels(context, connection, signal);
        windowSaid = await loadWindows(context, endpoint);
        return list;
      },
      usage,
      onInterrupt: editor.onInterrupt,
    });
    close = async () => repl.opened.close();
    greet(context, opened, `${model} at ${repl.host}`);
    try {
      await readAndRun(context, repl, editor, history.add);
    } finally {
      editor.close();
      await history.close();
    }
  } finally {
    await close();
  }
}

/** The models of the endpoint; later commands know them too. */
async function readModels(
  context: Context,
  { endpoint, request, settings }: Connection,
  signal: AbortSignal,
): Promise<ModelList> {
  const { listModels } = await import('../../../core/models/list.ts');
  const all = await listModels({ request, known: knownAt(settings, endpoint), signal });
  const list = secretsOfRun(context).redactIn(all);
  await keepModels(context, endpoint, list);
  return list;
}

/** What cannot be read is not completed, also for a user without a home folder. */
async function storedNames(context: Context): Promise<string[]> {
  try {
    return (await conversationStore(context).list()).map(({ name }) => name);
  } catch {
    return [];
  }
}

function greet(context: Context, { name, conversation }: OpenConversation, model: string): void {
  const { length } = conversation.turns;
  const turns = length === 1 ? '1 turn' : `${length} turns`;
  const continued = name === undefined ? '' : `, conversation "${name}" with ${turns}`;
  notice(context, `${model}${continued}. /help shows what you can do, Ctrl-D ends.`);
}

async function readAndRun(
  context: Context,
  repl: Repl,
  editor: LineEditor,
  addToHistory: (text: string) => void,
): Promise<void> {
  const { signal } = context;
  signal.addEventListener('abort', editor.close, { once: true });
  const tellChanges = createStatus(context, repl);
  let interrupts = 0;
  while (!signal.aborted) {
    tellChanges();
    const input = await readMessage(editor);
    if (input.kind === 'end') return;
    if (input.kind === 'interrupt') {
      interrupts = input.empty ? interrupts + 1 : 0;
      if (interrupts === 2) return context.exitWith(INTERRUPTED);
      if (input.empty) notice(context, '(Ctrl-C once more, or Ctrl-D, ends the session)');
      continue;
    }
    interrupts = 0;
    const { text, abbreviated } = input;
    if (text.trim() === '') continue;
    if (!abbreviated) addToHistory(text);
    const command = parseCommand(text);
    if (command?.name === 'exit') return;
    await runInterruptible(context, editor, command?.name ?? 'file', async (interruptible) => {
      if (command === undefined) return ask(interruptible, repl, text, input.typed);
      if (command.name !== 'edit') return runCommand(interruptible, repl, command);
      const edited = await edit(interruptible, editor, command.argument);
      if (edited === undefined) return undefined;
      addToHistory(edited);
      return ask(interruptible, repl, edited, edited);
    });
  }
}

/**
 * Asks a question, with the files that it mentions.
 * @param typed the text without long pastes, in which an `@` names no file
 */
async function ask(context: Context, repl: Repl, text: string, typed: string): Promise<void> {
  const { attachments } = repl;
  const files = await attachMentioned(context, attachments, typed);
  if (files.length > 0) notice(context, `With this question goes: ${attachments.names.join(', ')}`);
  return repl.ask(attachments.attachTo(text.trimEnd()));
}

/** Lets the user write a message in an editor; undefined for an empty one. */
async function edit(
  context: Context,
  editor: LineEditor,
  before: string,
): Promise<string | undefined> {
  const { editText } = await import('./text-editor.ts');
  const { text, failure } = await editor.lend(() => editText(context, before));
  if (text.trim() !== '') editor.joinLines([], text);
  if (failure) throw failure;
  if (text.trim() === '') {
    notice(context, 'The message is empty: nothing was sent.');
    return undefined;
  }
  const { stdout } = context.terminal;
  stdout.write(`${safeFor(stdout, text)}\n`);
  return text;
}

/** Says before a prompt what has changed since the one before: model, conversation, attachments. */
function createStatus(context: Context, repl: Repl): () => void {
  const status = () => ({
    model: `Questions go to ${repl.model}.`,
    conversation: conversationStatus(repl.opened),
    attached: `With the next question goes: ${repl.attachments.names.join(', ')}`,
    opened: repl.opened,
  });
  const nothing = { attached: 'With the next question goes: ' };
  let before = { ...status(), ...nothing };
  return () => {
    const now = status();
    const renamed = now.conversation !== before.conversation || now.opened !== before.opened;
    const changes = [
      ...(renamed ? [`${now.conversation} (turns: ${now.opened.conversation.turns.length}).`] : []),
      ...(now.model === before.model ? [] : [now.model]),
      ...(now.attached === before.attached || now.attached === nothing.attached
        ? []
        : [now.attached]),
    ];
    before = now;
    if (changes.length > 0) notice(context, changes.join(' '));
  };
}

function conversationStatus({ name }: OpenConversation): string {
  return name === undefined
    ? 'A new conversation, not saved'
    : `The conversation is kept as "${name}"`;
}

/** Ctrl-C ends the wait of a command for a FIFO. Neither that nor its error ends the REPL. */
async function runInterruptible(
  context: Context,
  editor: LineEditor,
  name: string,
  run: (interruptible: Context) => Promise<void>,
): Promise<void> {
  const interrupt = new AbortController();
  const signal = AbortSignal.any([context.signal, interrupt.signal]);
  editor.onInterrupt(() => interrupt.abort());
  try {
    await run({ ...context, signal });
  } catch (error) {
    if (error !== interrupt.signal.reason) return await reportFailure(context, error);
    notice(context, `/${name} was interrupted.`);
  } finally {
    editor.onInterrupt(undefined);
  }
}
