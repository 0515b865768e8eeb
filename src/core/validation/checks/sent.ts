import { isFields, jsonOrUndefined } from '../../json.ts';
import type { Exchange } from '../probes/probe.ts';
import { type WireEvent, type WireExchange, wireEvents, wireText } from '../wire.ts';

/** A JSON object of the network. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a check found wrong; undefined if nothing is. */
export type Finding = { verdict: 'warn' | 'fail'; reason: string } | undefined;

/** Works with this program, but breaks other clients. */
export const warning = (reason: string): Finding => ({ verdict: 'warn', reason });

/** A wrong answer for every client. */
export const failure = (reason: string): Finding => ({ verdict: 'fail', reason });

/** A choice of a body, with its `delta` or `message`. */
export interface SentChoice {
  choice: Fields;
  /** The `delta` of a chunk, the `message` of a document; undefined if it is none. */
  message: Fields | undefined;
}

/** A chunk of a stream, or the whole document. */
export interface SentBody {
  body: Fields;
  /** Undefined without a choice. */
  first: SentChoice | undefined;
}

/** An exchange, taken apart for the checks. */
export interface Sent {
  exchange: Exchange;
  status: number;
  content_type: string | undefined;
  /** The body of the request as it was sent. */
  request: Fields;
  /** The whole body of the response. */
  text: string;
  /** Whether the response is an event stream, whatever was asked for. */
  streamed: boolean;
  /** All events of a stream, `[DONE]` too. */
  events: readonly WireEvent[];
  /** Whether the last event lacks the blank line that ends it. */
  unended: boolean;
  /** The chunks of a stream, or the one document. */
  bodies: readonly SentBody[];
}

/** Undefined if nothing was recorded. */
export function takeApart(exchange: Exchange): Sent | undefined {
  const { wire } = exchange;
  if (wire === undefined) return undefined;
  const sent = TAKEN.get(exchange) ?? partsOf(exchange, wire);
  TAKEN.set(exchange, sent);
  return sent;
}

/** Several checks read one exchange. */
const TAKEN = new WeakMap<Exchange, Sent>();

function partsOf(exchange: Exchange, wire: WireExchange): Sent {
  const { answer } = exchange;
  const { status, headers, request } = wire;
  const asked = typeof request.body === 'string' ? jsonOrUndefined(request.body) : undefined;
  const text = wireText(wire);
  const rest = answer.streamed ? lastBlock(text) : undefined;
  const events = answer.streamed ? [...wireEvents(wire), ...(rest ? [rest] : [])] : [];
  const whole = answer.streamed ? undefined : jsonOrUndefined(text.replace(/^\uFEFF/, ''));
  const objects = answer.streamed ? events.map(({ json }) => json) : [whole];
  return {
    exchange,
    status,
    content_type: headers['content-type'],
    request: isFields(asked) ? asked : {},
    text,
    streamed: answer.streamed,
    events,
    unended: rest !== undefined,
    bodies: objects.filter(isFields).map((body) => ({ body, first: firstChoice(body) })),
  };
}

/** The last event if no blank line ends it: clients read it, although it is none by the standard. */
function lastBlock(text: string): WireEvent | undefined {
  const lines = text.split(/\r\n|\n|\r/);
  if (lines.at(-1) === '') lines.pop();
  const values = lines
    .slice(lines.lastIndexOf('') + 1)
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice('data:'.length).replace(/^ /, ''));
  if (values.length === 0) return undefined;
  const data = values.join('\n');
  return { data, json: jsonOrUndefined(data), read: 0 };
}

function firstChoice({ choices }: Fields): SentChoice | undefined {
  const list: unknown[] = Array.isArray(choices) ? choices : [];
  const choice = list.find(isFields);
  if (choice === undefined) return undefined;
  const message = choice.delta ?? choice.message;
  return { choice, message: isFields(message) ? message : undefined };
}

/** The end of a stream: clients stop reading at it. */
export function isDoneEvent({ data }: WireEvent): boolean {
  return data.trim() === '[DONE]';
}

/** Whether a value is there. */
export function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** The texts of one field of all deltas or messages, in order. */
export function textsOf({ bodies }: Sent, field: string): string[] {
  return bodies.flatMap(({ first }) => {
    const text = first?.message?.[field];
    return typeof text === 'string' && text !== '' ? [text] : [];
  });
}

/** A value from the network as JSON, cut after 60 characters. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

/** The reasoning in the field in which the server sent it, to send it back; undefined without any. */
export function reasoningFields(exchange: Exchange): Record<string, string> | undefined {
  if (isBlank(exchange.answer.reasoning)) return undefined;
  const sent = takeApart(exchange);
  const field = ['reasoning_content', 'reasoning'].find(
    (name) => sent !== undefined && textsOf(sent, name).length > 0,
  );
  return field === undefined ? undefined : { [field]: exchange.answer.reasoning };
}

/** Whether a text has nothing but white space and characters without a width, and so counts as absent. */
export function isBlank(text: string): boolean {
  return !/[^\s\p{Cf}]/u.test(text);
}
