import { promptMessages } from '../../core/chat/messages.ts';
import { ApiError } from '../../core/errors.ts';
import { modelSetting } from '../../core/settings/settings.ts';
import { connect } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { createDisplay } from './display.ts';
import type { ChatFlags } from './command.ts';
import { readPrompt } from './prompt.ts';

/** `qwen-demo chat`: one prompt, one answer. */
export async function runChat(context: Context, flags: ChatFlags): Promise<void> {
  const { terminal, signal, clock } = context;
  const model = modelSetting(flags.model, context.env).value;
  // Undici is compiled while the prompt is read.
  const connection = await connect(context, flags);
  const prompt = await readPrompt({
    flag: flags.prompt,
    stdin: terminal.stdin,
    clock,
    signal,
    onSilence: () => notice(context, 'Nothing came from standard input; going on with -p alone.'),
  });
  const display = createDisplay(terminal, {
    json: flags.json === true,
    stream: flags.stream === true,
    sanitize: flags.sanitize === true,
  });
  try {
    const answer = await connection.chat(
      {
        model,
        messages: promptMessages(prompt, flags.system),
        stream: flags.stream === true,
      },
      { signal, onDelta: display.delta },
    );
    await display.done(answer);
    if (answer.finish_reason === 'content_filter') throw filtered(answer.endpoint);
    if (answer.finish_reason === 'length') {
      notice(context, 'The answer was cut off at the limit of tokens.');
    }
  } finally {
    await display.end();
  }
}

function filtered(endpoint: string): ApiError {
  return new ApiError(`${new URL(endpoint).host} cut the answer off by its content filter`, {
    code: 'content_filter',
    hint: 'Say it in other words, or ask another model with -m.',
  });
}
