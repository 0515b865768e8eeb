import { quoteAnswer } from '../probes/probe.ts';
import {
  type Fields,
  type Finding,
  isDoneEvent,
  isSaid,
  type Sent,
  shown,
  warning,
} from './sent.ts';

/** `wire/head`: the status is 200, and the `Content-Type` names what follows, in plain UTF-8. */
export function headFinding({ status, content_type, text, streamed }: Sent): Finding {
  if (text.startsWith('\uFEFF')) return warning('Began the body with a byte order mark');
  if (status !== 200) return warning(`Answered with the status ${status}, not 200`);
  const wanted = streamed ? 'text/event-stream' : 'application/json';
  if (content_type === undefined) return warning(`Sent no Content-Type, not ${wanted}`);
  const [type = '', ...options] = content_type.toLowerCase().split(';');
  const right = streamed ? type.trim() === wanted : /^application\/(.+\+)?json$/.test(type.trim());
  if (!right) return warning(`Sent the Content-Type ${shown(content_type)}, not ${wanted}`);
  const charset = options.find((option) => option.trim().startsWith('charset='));
  const utf8 = charset === undefined || /=["']?(utf-?8|us-ascii)["']?\s*$/.test(charset);
  return utf8 ? undefined : warning(`Sent the Content-Type ${shown(content_type)}, not UTF-8`);
}

/** `wire/mode`: a stream when one was asked for, and one document when not. */
export function modeFinding({ request, streamed }: Sent): Finding {
  const asked = request.stream === true;
  if (asked === streamed) return undefined;
  return warning(
    asked
      ? 'Sent one JSON document when it was asked for a stream'
      : 'Sent an event stream when it was asked for one JSON document',
  );
}

/** `wire/events`: each event holds one JSON object. Comments are no events. */
export function eventsFinding({ events, unended }: Sent): Finding {
  const odd = events.find((event) => !isDoneEvent(event) && !isObjectText(event.data));
  if (odd !== undefined) {
    return warning(`Sent the event ${quoteAnswer(odd.data)}, which is no JSON object`);
  }
  const last = events.at(-1);
  return unended && last !== undefined && !isDoneEvent(last)
    ? warning('Ended the last event without a blank line, so that strict clients drop it')
    : undefined;
}

function isObjectText(data: string): boolean {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** `wire/done`: `[DONE]` ends a stream, once. */
export function doneFinding({ events }: Sent): Finding {
  const found = events.filter(isDoneEvent).length;
  if (found === 0) return warning('Ended the stream without data: [DONE]');
  if (found > 1) return warning(`Sent data: [DONE] ${found} times`);
  const last = events.at(-1);
  if (last !== undefined && isDoneEvent(last)) return undefined;
  return warning('Sent further events after data: [DONE]');
}

/** `wire/envelope`: `object`, `id` and `created` are those of a chat completion. */
export function envelopeFinding({ bodies, streamed }: Sent): Finding {
  // Azure's first chunk and chunks about the usage alone have no choices, and often nothing else.
  const full = bodies.filter(({ first }) => first !== undefined).map(({ body }) => body);
  const object = streamed ? 'chat.completion.chunk' : 'chat.completion';
  const other = full.find((body) => body.object !== object);
  if (other) return warning(`Sent the object ${shown(other.object)}, not "${object}"`);
  const nameless = full.find(({ id }) => typeof id !== 'string' || id === '');
  if (nameless) return warning(`Sent the id ${shown(nameless.id)}, not a text`);
  const ids = new Set(full.map(({ id }) => id));
  if (ids.size > 1) return warning(`Sent ${ids.size} different ids in the chunks of one answer`);
  const late = full.find(({ created }) => !isSeconds(created));
  return late && warning(`Sent created ${shown(late.created)}, not a time in whole seconds`);
}

/** Later than the year 5138 is a time in milliseconds. */
function isSeconds(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 1e11;
}

/** `wire/choices`: a list with one choice of index 0, which holds a `delta` or a `message`. */
export function choicesFinding({ bodies, request, streamed }: Sent): Finding {
  for (const { body } of bodies) {
    if (isSaid(body.error) || isHeartbeat(body)) continue;
    const problem = choicesProblem(body.choices, Number(request.n ?? 1), streamed);
    if (problem !== undefined) return warning(problem);
  }
  return undefined;
}

/** What `wire/events` does not find: an object that is no chunk. */
function isHeartbeat(body: Fields): boolean {
  return body.type === 'ping';
}

function choicesProblem(choices: unknown, n: number, streamed: boolean): string | undefined {
  if (!Array.isArray(choices)) return `Sent the choices ${shown(choices)}, not a list`;
  if (choices.length > n) return `Sent ${choices.length} choices, where ${n} was asked for`;
  if (!streamed && choices.length === 0) return 'Sent no choice';
  const held = streamed ? 'delta' : 'message';
  for (const choice of choices as unknown[]) {
    if (typeof choice !== 'object' || choice === null) return `Sent the choice ${shown(choice)}`;
    const fields = choice as Fields;
    const { index } = fields;
    if (!Number.isInteger(index) || Number(index) < 0 || Number(index) >= n) {
      return `Sent a choice with the index ${shown(index)}, not 0`;
    }
    // Azure's content filter reports on its own, in choices without a delta.
    const filter = Object.keys(fields).some((name) => name.startsWith('content_filter'));
    const value = fields[held];
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    if (!isObject && !filter)
      return `Sent a choice with the ${held} ${shown(value)}, not an object`;
  }
  return undefined;
}

/** `wire/role`: the role is `assistant`, said once or in every chunk. */
export function roleFinding({ bodies }: Sent): Finding {
  const messages = bodies.flatMap<Fields>(({ first }) => first?.message ?? []);
  if (messages.length === 0) return undefined;
  const roles = messages.map(({ role }) => role).filter((role) => isSaid(role) && role !== '');
  const other = roles.find((role) => role !== 'assistant');
  if (other !== undefined) return warning(`Sent the role ${shown(other)}, not "assistant"`);
  return roles.length === 0 ? warning('Sent no role, not "assistant"') : undefined;
}
