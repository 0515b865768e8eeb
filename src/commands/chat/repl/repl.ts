import type { Chat, ChatAnswer, ChatDelta } from '../../../core/chat/answer.ts';
import { JoinedText } from '../../../core/chat/joined-text.ts';
import type { ChatMessage } from '../../../core/chat/messages.ts';
import type { Conversation } from '../../../core/conversation/conversation.ts';
import { QwenDemoError } from '../../../core/errors.ts';
import type { ModelList } from '../../../core/models/list.ts';
import type { Price } from '../../../core/models/self-description.ts';
import { reportError } from '../../../terminal/report-error.ts';
import type { Context } from '../../context.ts';
import { reportOf } from '../../hint-commands.ts';
import { notice } from '../../notice.ts';
import type { Attachments } from '../attachments.ts';
import type { OpenConversation, TurnAnswer } from '../conversation.ts';
import { type DisplayOptions, openDisplay } from '../display.ts';
import type { RequestParameters } from '../parameters.ts';
import { askModel } from '../turn.ts';
import { usageLine } from '../usage-line.ts';

/** An answer with the model that was asked. */
export type AskedAnswer = ChatAnswer & { readonly asked: string };

/** The state of an interactive chat: slash commands read and change it. */
export interface Repl {
  /** The model that the next question goes to. */
  model: string;
  /** The id that a name of the user stands for. @throws UsageError `model_name_loop` */
  idOf(name: string): string;
  /** The host of the endpoint. */
  readonly host: string;
  /** The models of the endpoint, which are requested once. @throws the errors of the request */
  listModels(signal: AbortSignal): Promise<ModelList>;
  /** The price that the endpoint says in the list that was read. */
  priceOf(model: string): Price | undefined;
  readonly opened: OpenConversation;
  /** The system text of new conversations, undefined for none. */
  readonly system: string | undefined;
  readonly attachments: Attachments;
  /** Context window of a model in tokens, undefined where nobody said it. */
  windowOf(model: string): number | undefined;
  readonly answers: readonly AskedAnswer[];
  /** Number of questions that were sent, also those without an answer. */
  readonly requests: number;
  /** Asks a question. Resolves after the answer, after Ctrl-C, and after a failure, which it reports. */
  ask(question: ChatMessage): Promise<void>;
  /** Asks the last question again and replaces its turn. Resolves to false if there is none. */
  retry(): Promise<boolean>;
  /** Goes on with another conversation. */
  open(next: OpenConversation): void;
  /** Makes the question of the latest turn the one that `retry` asks. */
  lookBack(): void;
}

export interface ReplOptions {
  opened: OpenConversation;
  system: string | undefined;
  model: string;
  /** See {@link Repl}. */
  idOf(name: string): string;
  attachments: Attachments;
  fallback_models: readonly string[];
  parameters: RequestParameters;
  /** Whether to request an event stream. */
  stream: boolean;
  display: DisplayOptions;
  /** Leaves reasoning that stands in the content there. */
  raw_thinking: boolean;
  windowOf(model: string): number | undefined;
  host: string;
  listModels(signal: AbortSignal): Promise<ModelList>;
  /** Whether to show tokens and speed after each answer. */
  usage: boolean;
  /** Sets what Ctrl-C does while an answer arrives. */
  onInterrupt(listener: (() => void) | undefined): void;
}

interface LastQuestion {
  question: readonly ChatMessage[];
  /** The `id` of its turn, undefined if it has none. */
  turn: string | undefined;
}

export function createRepl(context: Context, chat: Chat, options: ReplOptions): Repl {
  const { attachments } = options;
  const answers: AskedAnswer[] = [];
  let { opened } = options;
  let last = lastQuestionOf(opened.conversation);
  let list: ModelList | undefined;
  let requests = 0;

  const repl: Repl = {
    model: options.model,
    idOf: options.idOf,
    host: options.host,
    async listModels(signal) {
      list ??= await options.listModels(signal);
      return list;
    },
    priceOf: (model) => list?.models.find(({ id }) => id === model)?.said?.price,
    get opened() {
      return opened;
    },
    system: options.system,
    attachments,
    windowOf: options.windowOf,
    answers,
    get requests() {
      return requests;
    },
    ask: (question) => ask([question], undefined),
    async retry() {
      if (!last) return false;
      if (last.turn === undefined) attachments.release();
      await ask(last.question, last.turn);
      return true;
    },
    open(next) {
      opened = next;
      repl.model = next.model === undefined ? repl.model : repl.idOf(next.model);
      repl.lookBack();
    },
    lookBack() {
      last = lastQuestionOf(opened.conversation);
    },
  };

  async function ask(question: readonly ChatMessage[], replaces: string | undefined) {
    const { model } = repl;
    const interrupt = new AbortController();
    const received = new JoinedText();
    last = { question, turn: replaces };
    options.onInterrupt(() => interrupt.abort());
    try {
      const answer = await send(question, replaces, interrupt.signal, received);
      answers.push({ ...answer, asked: model });
      if (options.usage) notice(context, usageLine(answer));
      await save({ ...answer, model });
    } catch (error) {
      if (!interrupt.signal.aborted && !context.signal.aborted) {
        // The received text stays on the screen, and is not added to the conversation.
        if (replaces === undefined) attachments.restore();
        await reportFailure(context, error);
        notice(context, '  /retry asks again. The up arrow brings the question back.');
        return;
      }
      if (!context.signal.aborted) notice(context, '(stopped; /retry asks again)');
      const content = received.join();
      if (content !== '') {
        await save({ model, content, finish_reason: 'stopped', usage: undefined });
      } else if (replaces === undefined) attachments.restore();
      context.signal.throwIfAborted();
    } finally {
      options.onInterrupt(undefined);
    }

    async function save(answer: TurnAnswer) {
      await opened
        .saveTurn(question, answer, replaces)
        .catch((error: unknown) => reportFailure(context, error));
      if (answer.content !== '') last = lastQuestionOf(opened.conversation);
    }
  }

  /** Sends a question after all turns but the replaced one. Adds the answer's text to `received`. */
  async function send(
    question: readonly ChatMessage[],
    replaces: string | undefined,
    interrupt: AbortSignal,
    received: JoinedText,
  ): Promise<ChatAnswer> {
    const { model } = repl;
    const { fallback_models, parameters } = options;
    const limits = { model, window: options.windowOf(model), max_tokens: parameters.max_tokens };
    const messages = opened.prepareTurn(question, limits, replaces);
    const display = await openDisplay(context, options.display);
    const recording = {
      ...display,
      delta(delta: ChatDelta) {
        if (delta.type === 'content') received.add(delta.text);
        return display.delta(delta);
      },
    };
    requests += 1;
    return askModel(context, chat, recording, {
      models: [model, ...fallback_models],
      messages,
      shorten: (error) => opened.shortenTurn(error, messages, question, limits, replaces),
      parameters: parameters.body,
      stream: options.stream,
      raw_thinking: options.raw_thinking,
      signal: AbortSignal.any([context.signal, interrupt]),
      check: () => {},
    });
  }

  return repl;
}

function lastQuestionOf({ turns }: Conversation): LastQuestion | undefined {
  const turn = turns.at(-1);
  return turn && { question: turn.messages.slice(0, -1), turn: turn.id };
}

/**
 * Reports an error that does not end the REPL.
 * @throws the error itself if it is a bug or the end of the program
 */
export async function reportFailure(context: Context, error: unknown): Promise<void> {
  if (!(error instanceof QwenDemoError)) throw error;
  await reportError(reportOf(context, error), context.terminal, { json: false, stack: '' });
}
