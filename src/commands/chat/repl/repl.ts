import type { ChatAnswer } from '../../../core/chat/answer.ts';
import type { Conversation, ConversationState } from '../../../core/conversation/conversation.ts';
import type { ChatMessage } from '../../../core/chat/messages.ts';
import type { Connection } from '../../connect.ts';
import type { Context } from '../../context.ts';
import { notice } from '../../notice.ts';
import { messagesFor } from '../context-limit.ts';
import { keepTurn, type OpenConversation } from '../conversation.ts';
import { type DisplayOptions, openDisplay } from '../display.ts';
import { askOnce } from '../turn.ts';
import { usageLine } from '../usage-line.ts';
import { reportFailure } from './report-failure.ts';

/** Questions and answers of one session. */
export interface Talk {
  model: string;
  /** The name it is kept under may come later. */
  conversation: Pick<OpenConversation, 'name' | 'dialogue'>;
  /** Resolves when the answer is there, was stopped or failed, which is told. */
  ask(question: ChatMessage): Promise<void>;
  /** The last question once more, in place of its answer. Resolves to false when there is none. */
  retry(): Promise<boolean>;
  /** There is no last question any more. */
  forget(): void;
  readonly answers: readonly ChatAnswer[];
}

export interface TalkOptions {
  context: Context;
  connection: Connection;
  conversation: OpenConversation;
  model: string;
  fallback_models: readonly string[];
  parameters: Readonly<Record<string, unknown>>;
  display: DisplayOptions;
  stream: boolean;
  /** Tokens, where the user limits them. */
  window: number | undefined;
  /** Shows the usage after every answer. */
  usage: boolean;
  /** Sets what Ctrl-C does while an answer is on its way. */
  onInterrupt(listener: (() => void) | undefined): void;
}

interface Asked {
  question: readonly ChatMessage[];
  /** The turn that it became. */
  turn: string | undefined;
}

export function createTalk(options: TalkOptions): Talk {
  const { context, connection, parameters, window } = options;
  const answers: ChatAnswer[] = [];
  let last = lastOf(options.conversation.dialogue);

  const talk: Talk = {
    model: options.model,
    conversation: options.conversation,
    answers,
    ask: (question) => ask([question], undefined),
    async retry() {
      if (!last) return false;
      await ask(last.question, last.turn);
      return true;
    },
    forget() {
      last = undefined;
    },
  };

  async function ask(question: readonly ChatMessage[], replaces: string | undefined) {
    const { dialogue } = talk.conversation;
    const stopper = new AbortController();
    const said: string[] = [];
    last = { question, turn: replaces };
    options.onInterrupt(() => stopper.abort());
    try {
      const before = dialogue.turns.filter(({ id }) => id !== replaces);
      const answer = await send({ system: dialogue.system, turns: before }, stopper.signal, said);
      answers.push(answer);
      if (options.usage) notice(context, usageLine(answer));
      await keep(answer);
    } catch (error) {
      if (!stopper.signal.aborted && !context.signal.aborted) {
        // What had arrived stays on the screen, and is no part of the conversation.
        await reportFailure(context, error);
        notice(context, '  /retry asks again.');
        return;
      }
      if (!context.signal.aborted) notice(context, '(stopped; /retry asks again)');
      const content = said.join('');
      if (content !== '') await keep({ content, finish_reason: 'stopped', usage: undefined });
      context.signal.throwIfAborted();
    } finally {
      options.onInterrupt(undefined);
    }

    async function keep(answer: Pick<ChatAnswer, 'content' | 'finish_reason' | 'usage'>) {
      const given = { ...answer, asked: talk.model };
      await keepTurn(context, talk.conversation, question, given, replaces).catch(
        (error: unknown) => reportFailure(context, error),
      );
      if (answer.content !== '') last = lastOf(dialogue);
    }
  }

  /** Sends the last question after what was said before; what is said now comes into `said`. */
  async function send(
    before: ConversationState,
    stop: AbortSignal,
    said: string[],
  ): Promise<ChatAnswer> {
    const { model } = talk;
    const { fallback_models, stream } = options;
    const room = { model, window, max_tokens: parameters.max_tokens };
    const messages = messagesFor(context, before, last?.question ?? [], room);
    const signal = AbortSignal.any([context.signal, stop]);
    const display = await openDisplay(context, options.display);
    return askOnce(
      context,
      connection,
      { model, fallback_models, messages, parameters, stream, signal },
      {
        ...display,
        delta(delta) {
          if (delta.type === 'content') said.push(delta.text);
          return display.delta(delta);
        },
      },
    );
  }

  return talk;
}

function lastOf({ turns }: Conversation): Asked | undefined {
  const turn = turns.at(-1);
  return turn && { question: turn.messages.slice(0, -1), turn: turn.id };
}
