import { modelSetting } from '../../core/settings/settings.ts';
import { connect } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { loadCheck, readSchema } from './answer-check.ts';
import type { SavedTurn } from './conversation.ts';
import { openDisplay } from './display.ts';
import type { ChatFlags } from './flags.ts';
import { readMessages } from './input.ts';
import { withSchema } from './parameters.ts';
import { type ChatTask, chatTaskOf } from './task.ts';
import { askModel } from './turn.ts';

/** `qwen-demo chat`: asks one question, starts a REPL, or lists, prints or deletes conversations. */
export async function runChat(context: Context, flags: ChatFlags): Promise<void> {
  const task = chatTaskOf(flags, context.terminal);
  if (task.kind === 'stored') {
    const { runStoredTask } = await import('./stored-conversations.ts');
    return runStoredTask(context, task.stored);
  }
  if (task.kind === 'repl') {
    const { runRepl } = await import('./repl/run.ts');
    return runRepl(context, task.material, task.request);
  }
  const { conversation, window } = task.request;
  if (conversation === undefined) return ask(context, task, undefined);
  const { openSavedTurn } = await import('./conversation.ts');
  const turn = await openSavedTurn(context, conversation, window);
  try {
    await ask(context, task, turn);
  } finally {
    await turn.close();
  }
}

type QuestionTask = Extract<ChatTask, { kind: 'question' }>;

/** Asks one question and shows its answer. `turn` saves both in a conversation. */
async function ask(
  context: Context,
  { request, sources, json_schema }: QuestionTask,
  turn: SavedTurn | undefined,
): Promise<void> {
  const { display: shown, fallback_models } = request;
  const schema = json_schema === undefined ? undefined : await readSchema(context, json_schema);
  const parameters = schema ? withSchema(request.parameters, schema) : request.parameters;
  const check = await loadCheck(schema, shown.extract);
  const messages = await readMessages(context, sources);
  const connection = await connect(context, request.connection);
  const { profile } = connection.settings;
  const model = modelSetting(request.model ?? turn?.model, context.env, profile).value;
  const display = await openDisplay(context, shown);
  const prepared = turn?.prepare(messages, model, parameters.max_tokens);
  const answer = await askModel(context, connection.chat, display, {
    models: [model, ...fallback_models],
    messages: prepared?.messages ?? messages,
    parameters: parameters.body,
    stream: request.stream,
    signal: context.signal,
    check,
  });
  await prepared?.save(answer);
  if (request.usage) {
    const { usageLine } = await import('./usage-line.ts');
    notice(context, usageLine(answer));
  }
}
