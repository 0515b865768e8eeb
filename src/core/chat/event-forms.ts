import { isFields, jsonOrUndefined } from '../json.ts';
import type { ServerSentEvent } from './sse.ts';

const KEEP_ALIVE =
  /^\W*(ping|pong|heart-?_?beat|hb|keep[-_ ]?alive|alive|noop|no-op|waiting|connect(ed|ing)?|open(ed)?|start(ed)?|ready|queued|loading|(openrouter )?processing|null|undefined|none)[\W\dTZ]*$/i;

/** Whether a name or a text says only that the connection lives; a time can follow: `ping - 12:00`. */
export function isKeepAliveWord(word: unknown): boolean {
  return typeof word === 'string' && word.length <= 60 && KEEP_ALIVE.test(word);
}

/** Heartbeats, and events under their own names: such an event is a chunk only if it is JSON. */
export function isKeepAlive({ event, data }: ServerSentEvent): boolean {
  if (event !== 'message' && event !== 'error') {
    if (!data.startsWith('{')) return true;
    if (isKeepAliveWord(event) && !data.includes('"choices"')) return true;
  }
  // A comment that a gateway made the data of an event.
  if (data.startsWith(':')) return true;
  return data.length <= 60 && (/^[\W\dTZ]*$/.test(data) || isKeepAliveWord(data));
}

/**
 * `[DONE]`, which some servers write in quotes, in lower case or with spaces; text can follow it. Others
 * send an event with the name `done`.
 */
export function isDone({ event, data }: ServerSentEvent): boolean {
  if (event !== 'message' && /^(done|end)$/i.test(event) && !data.includes('"choices"'))
    return true;
  return data.length <= 60 && /^["'\s]*(\[\s*done\s*\]|done["'.!\s]*$)/i.test(data);
}

/**
 * Some servers write `data:` twice, or end an event with one line feed, so that several chunks arrive
 * as the lines of one event.
 */
export function separated(events: ServerSentEvent[]): ServerSentEvent[] {
  return events.some(isUnusual) ? events.flatMap(linesOf) : events;
}

function isUnusual({ data }: ServerSentEvent): boolean {
  return data.startsWith('data:') || data.includes('\n');
}

function linesOf(event: ServerSentEvent): ServerSentEvent[] {
  // The text of an error can have several lines.
  if (!isUnusual(event) || event.event === 'error') return [event];
  if (jsonOrUndefined(event.data) !== undefined) return [event];
  const lines = event.data.split('\n').map((line) => line.replace(/^data:\s*/, ''));
  // A gateway that loses the server behind it can write its error after half a chunk.
  const last = jsonOrUndefined(lines.at(-1) ?? '');
  const failed = isFields(last) && isFields(last.error);
  const read = failed ? lines.filter((line) => jsonOrUndefined(line) !== undefined) : lines;
  return read.map((data) => ({ ...event, data }));
}
