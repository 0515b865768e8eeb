import { modelSetting } from '../../../core/settings/settings.ts';
import { connect } from '../../connect.ts';
import type { Context } from '../../context.ts';
import { notice } from '../../notice.ts';
import type { ChatFlags } from '../flags.ts';
import { openConversation, type OpenConversation } from '../conversation.ts';
import type { DisplayOptions } from '../display.ts';
import { readSystem } from '../input.ts';
import { requestParameters } from '../parameters.ts';
import { createAttachments } from '../attachments.ts';
import { openHistory } from './history.ts';
import { type LineEditor, openLineEditor, readMessage } from './line-editor.ts';
import { reportFailure } from './report-failure.ts';
import { completeCommand, parseCommand, runCommand, type Session } from './slash-commands.ts';
import { createTalk } from './repl.ts';

/** 128 and the number of SIGINT. */
const INTERRUPTED = 130;

/**
 * `qwen-demo chat` at a terminal, without a prompt: question after question until Ctrl-D.
 * @throws what can be wrong with flags, login and conversation before the first question
 */
export async function runSession(
  context: Context,
  flags: ChatFlags,
  display: DisplayOptions,
): Promise<void> {
  const window = flags.maxContext;
  const parameters = requestParameters(flags);
  const system = await readSystem(context, flags.system);
  const attachments = createAttachments();
  await attachments.addAll({ files: flags.file ?? [], images: flags.image ?? [] }, context);
  const conversation = await openConversation(context, flags);
  try {
    if (system !== undefined) conversation.dialogue.setSystem(system);
    const [connection, history] = await Promise.all([
      connect(context, flags),
      openHistory(context),
    ]);
    const { profile } = connection.settings;
    const model = modelSetting(flags.model ?? conversation.model, context.env, profile).value;
    const editor = openLineEditor(context.terminal, {
      history: history.lines,
      complete: completeCommand,
    });
    const talk = createTalk({
      context,
      connection,
      conversation,
      model,
      fallback_models: flags.fallbackModel ?? [],
      parameters: parameters.body,
      display,
      stream: display.stream || parameters.enable_thinking,
      window,
      usage: flags.usage === true,
      onInterrupt: editor.onInterrupt,
    });
    greet(context, conversation, `${talk.model} at ${new URL(connection.endpoint).host}`);
    const session = { context, talk, attachments, window };
    try {
      await converse(session, editor, history.add);
    } finally {
      editor.close();
      await history.close();
    }
  } finally {
    await conversation.close();
  }
}

function greet(context: Context, { name, dialogue }: OpenConversation, model: string): void {
  const turns = dialogue.turns.length;
  const kept = name === undefined ? '' : `, conversation "${name}" with ${turns} turns`;
  notice(context, `${model}${kept}. /help shows what you can do, Ctrl-D ends.`);
}

async function converse(
  session: Session,
  editor: LineEditor,
  remember: (line: string) => void,
): Promise<void> {
  const { context, talk, attachments } = session;
  const { signal } = context;
  signal.addEventListener('abort', editor.close, { once: true });
  let interrupts = 0;
  while (!signal.aborted) {
    const entered = await readMessage(editor);
    if (entered.kind === 'end') return;
    if (entered.kind === 'interrupt') {
      interrupts = entered.empty ? interrupts + 1 : 0;
      if (interrupts === 2) return context.exitWith(INTERRUPTED);
      if (entered.empty) notice(context, '(Ctrl-C once more, or Ctrl-D, ends the session)');
      continue;
    }
    interrupts = 0;
    const { text, abbreviated } = entered;
    if (text.trim() === '') continue;
    if (!abbreviated) remember(text);
    const command = parseCommand(text);
    if (command?.name === 'exit') return;
    // What a command cannot do does not end the session.
    const failed = (error: unknown) => reportFailure(context, error);
    if (command) await runInterruptible(session, editor, command).catch(failed);
    else await talk.ask(attachments.attachTo(text.trimEnd()));
  }
}

/** Runs a command. Ctrl-C ends its waiting for a FIFO, and the session goes on. */
async function runInterruptible(
  session: Session,
  editor: LineEditor,
  { name, argument }: { name: string; argument: string },
): Promise<void> {
  const { context } = session;
  const stopper = new AbortController();
  const signal = AbortSignal.any([context.signal, stopper.signal]);
  editor.onInterrupt(() => stopper.abort());
  try {
    await runCommand({ ...session, context: { ...context, signal } }, name, argument);
  } catch (error) {
    if (error !== stopper.signal.reason) throw error;
    notice(context, `/${name} was interrupted.`);
  } finally {
    editor.onInterrupt(undefined);
  }
}
