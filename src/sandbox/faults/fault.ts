import type { Clock } from '../../core/ports.ts';
import type { ChatCompletionRequest } from '../api/chat-request.ts';
import type { ModelAnswer } from '../model/answers.ts';
import { isEvent, isParts, type Exchange, type Fields, type Part, type Reply } from '../router.ts';
import type { Argument } from './arguments.ts';
import type { Endpoint } from './endpoints.ts';
import type { Rendered, Step } from './wire.ts';

/** One fault: a row of the table. */
export interface Fault {
  /** What the sandbox does, as the end of a sentence that begins with an endpoint. */
  about: string;
  /** Where it can happen, and where it happens without `@ENDPOINT`. */
  endpoints: readonly Endpoint[];
  /** Undefined for a fault that takes none. */
  argument: Pick<Argument<unknown>, 'name' | 'fallback'> | undefined;
  /** The requests that it hits without `#N`. Default: every one. */
  requests: string | undefined;
  /** What it does with this argument. @throws UsageError when the argument is not one */
  effects: (text: string | undefined) => readonly Effect[];
}

/** What the sandbox knows when a fault answers. */
export interface Situation {
  exchange: Exchange;
  clock: Pick<Clock, 'now'>;
}

/** What a fault changes of an exchange. */
export type Effect =
  /** The port is closed: connections are refused, for so many milliseconds. */
  | { kind: 'closed_port'; ms: number }
  /** The model answers something else. */
  | { kind: 'answer'; change: (answer: ModelAnswer, request: ChatCompletionRequest) => ModelAnswer }
  /** The request is not processed: this is sent in place of an answer. */
  | { kind: 'unprocessed'; steps: () => Iterable<Step> }
  /** The request is not processed: this is the answer, if there is one. */
  | { kind: 'reply'; reply: (situation: Situation) => Reply | undefined }
  /** The request is processed, and its answer is changed. */
  | { kind: 'edit'; change: (reply: Reply, situation: Situation) => Reply }
  /** The request is processed, and the bytes of its answer are sent in another way. */
  | { kind: 'wire'; steps: (rendered: Rendered) => Iterable<Step> };

interface Row<T> {
  about: string;
  at: readonly Endpoint[];
  argument: Argument<T>;
  requests?: string;
  does: (value: T) => Effect | readonly Effect[];
}

interface PlainRow {
  about: string;
  at: readonly Endpoint[];
  requests?: string;
  does: Effect | readonly Effect[] | (() => readonly Effect[]);
}

/** A row of the table with an argument, which has a fallback. */
export function faultOf<const T>({ about, at, argument, requests, does }: Row<T>): Fault {
  return {
    about,
    endpoints: at,
    argument,
    requests,
    effects: (text) => [does(argument.parse(text ?? argument.fallback))].flat(),
  };
}

/** A row of the table without an argument. */
export function fault({ about, at, requests, does }: PlainRow): Fault {
  const effects = (): Effect[] => [typeof does === 'function' ? does() : does].flat();
  return { about, endpoints: at, argument: undefined, requests, effects };
}

/** Sends these steps without reading the request. */
export function unprocessed(steps: () => Iterable<Step>): Effect {
  return { kind: 'unprocessed', steps };
}

/** Sends the bytes of the answer in these steps. */
export function wire(steps: (rendered: Rendered) => Iterable<Step>): Effect {
  return { kind: 'wire', steps };
}

/** Answers with this, without reading the request. */
export function reply(of: (situation: Situation) => Reply): Effect {
  return { kind: 'reply', reply: of };
}

/** Changes the answer. */
export function edit(change: (reply: Reply, situation: Situation) => Reply): Effect {
  return { kind: 'edit', change };
}

/** Changes the JSON of the answer, or of each event of a stream. */
export function editJson(change: (fields: Fields) => Fields): Effect {
  return edit((answer) => {
    const { body } = answer;
    if (typeof body === 'string') return answer;
    if (!isParts(body)) return { ...answer, body: change(body) };
    const parts = Array.from(body, (part) => (isEvent(part) ? change(part) : part));
    return { ...answer, body: parts };
  });
}

/** Changes the events of a stream; other answers stay as they are. */
export function editEvents(change: (parts: readonly Part[]) => Iterable<Part>): Effect {
  return edit((answer) => {
    if (typeof answer.body === 'string' || !isParts(answer.body)) return answer;
    return { ...answer, body: change([...answer.body]) };
  });
}

/** Changes what the model answers. */
export function editAnswer(
  change: (answer: ModelAnswer, request: ChatCompletionRequest) => ModelAnswer,
): Effect {
  return { kind: 'answer', change };
}
