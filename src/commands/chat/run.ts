import { modelSetting } from '../../core/settings/settings.ts';
import { connect } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { ChatFlags } from './flags.ts';
import { loadCheck, readSchema } from './answer-check.ts';
import { type DisplayOptions, openDisplay } from './display.ts';
import { readMessages } from './input.ts';
import type { KeptTurn } from './kept-turn.ts';
import { requestParameters, withSchema } from './parameters.ts';
import { askOnce } from './turn.ts';

/** `qwen-demo chat`: one question, a session of them, or a look at what was kept. */
export async function runChat(context: Context, flags: ChatFlags): Promise<void> {
  if (flags.list || flags.show !== undefined || flags.delete !== undefined) {
    const { runConversations } = await import('./stored-conversations.ts');
    return runConversations(context, flags);
  }
  if (opensSession(context, flags)) {
    const { runSession } = await import('./repl/run.ts');
    return runSession(context, flags, displayOptions(context, flags));
  }
  if (flags.continue === undefined && flags.new === undefined) return ask(context, flags);
  const { openKeptTurn } = await import('./kept-turn.ts');
  const turn = await openKeptTurn(context, flags);
  try {
    await ask(context, flags, turn);
  } finally {
    await turn.close();
  }
}

/** At a terminal, with nothing to ask and no format that only a single answer has. */
function opensSession({ terminal }: Context, flags: ChatFlags): boolean {
  const { prompt, messages, json, output, extract, jsonSchema } = flags;
  const single = [prompt, messages, json, output, extract, jsonSchema];
  if (single.some((flag) => flag !== undefined)) return false;
  return terminal.stdin.isTTY === true && terminal.stdout.isTTY === true;
}

/** One question, one answer; `kept` is the place of both in a conversation. */
async function ask(context: Context, flags: ChatFlags, kept?: KeptTurn): Promise<void> {
  const shown = displayOptions(context, flags);
  const schema =
    flags.jsonSchema === undefined ? undefined : await readSchema(context, flags.jsonSchema);
  const fromFlags = requestParameters(flags);
  const parameters = schema ? withSchema(fromFlags, schema) : fromFlags;
  const check = await loadCheck(schema, shown.extract);
  const messages = await readMessages(context, {
    prompt: flags.prompt,
    messages: flags.messages,
    system: flags.system,
    files: flags.file ?? [],
    images: flags.image ?? [],
  });
  const connection = await connect(context, flags);
  const { profile } = connection.settings;
  const model = modelSetting(flags.model ?? kept?.model, context.env, profile).value;
  const display = await openDisplay(context, shown);
  const question = {
    model,
    fallback_models: flags.fallbackModel ?? [],
    messages: kept?.prepare(messages, model, parameters.body) ?? messages,
    parameters: parameters.body,
    // Services let their models think in a stream only, whoever wants to see the answer at once.
    stream: streams(context, flags) || parameters.enable_thinking,
    check,
  };
  const answer = await askOnce(context, connection, question, display);
  await kept?.keep(answer);
  if (flags.usage) {
    const { usageLine } = await import('./usage-line.ts');
    notice(context, usageLine(answer));
  }
}

/** Whether the user is to see the answer while it arrives. */
function streams({ terminal }: Context, flags: ChatFlags): boolean {
  const { stream, json, output } = flags;
  return stream ?? (terminal.stdout.isTTY === true && json !== true && output === undefined);
}

function displayOptions(context: Context, flags: ChatFlags): DisplayOptions {
  const { json, output, sanitize, hideReasoning, extract, markdown } = flags;
  const stream = streams(context, flags);
  return {
    format: json === true ? (stream ? 'events' : 'json') : 'text',
    sanitize: sanitize === true,
    stream,
    hide_reasoning: hideReasoning === true,
    extract: extract === true,
    markdown: markdown === true,
    output: output === '-' ? undefined : output,
  };
}
