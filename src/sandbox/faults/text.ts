import { isEvent, isParts, type Fields, type Part, type Reply } from '../router.ts';

/** One choice of a chunk or of a whole completion. */
export interface Choice {
  index: number;
  delta?: Fields;
  message?: Fields;
  finish_reason: string | null;
}

/** The first choice of an event; undefined for usage, [DONE] and anything that is no chunk. */
export function choiceOf(part: Part): Choice | undefined {
  if (!isEvent(part) || !Array.isArray(part['choices'])) return undefined;
  return (part['choices'] as Choice[])[0];
}

/** A chunk with another choice. */
export function withChoice(part: Part, choice: Partial<Choice>): Fields {
  const fields = isEvent(part) ? part : {};
  return { ...fields, choices: [{ ...choiceOf(part), ...choice }] };
}

/** The fields but this one. */
export function without(fields: Fields, name: string): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([one]) => one !== name));
}

/** The position of the chunk with the finish_reason. */
export function endOf(parts: readonly Part[]): number {
  const end = parts.findIndex((part) => choiceOf(part)?.finish_reason != null);
  return end < 0 ? parts.length : end;
}

/** The chunks of the first half of an answer. */
export function firstHalf(parts: readonly Part[]): readonly Part[] {
  return parts.slice(0, Math.ceil(endOf(parts) / 2));
}

/** An answer, streamed or whole, with this text before its own. Others stay as they are. */
export function textBefore(answer: Reply, text: string): Reply {
  const { body } = answer;
  if (typeof body === 'string') return answer;
  if (isParts(body)) {
    const [role = {}, ...others] = body;
    return { ...answer, body: [role, withChoice(role, { delta: { content: text } }), ...others] };
  }
  const { message } = choiceOf(body) ?? {};
  if (!message) return answer;
  const own = typeof message['content'] === 'string' ? message['content'] : '';
  const content = text + own;
  return { ...answer, body: withChoice(body, { message: { ...message, content } }) };
}

/** What a terminal obeys or hides: colors, titles, the clipboard, C1, order, tags, and a workflow command. */
export const HOSTILE_TEXT =
  '\u001B[31mred\u001B]0;title\u0007\u001B]52;c;aGk=\u0007\u009B2J\u202Eback\u202C\u200B\u200B' +
  '\u{E0041}\u{E0042}\b\r\n::error::not a workflow command\n';
