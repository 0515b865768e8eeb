import { given } from '../given.ts';
import { isFields } from '../json.ts';

type Fields = Readonly<Record<string, unknown>>;

/** The fields of a chunk or of a whole answer that no other field of ours holds. */
export interface Rest {
  /** Of the body: the latest value counts. */
  body: Fields | undefined;
  /** Of the choice: lists of several chunks are joined (`logprobs`). */
  choice: Fields | undefined;
  /** Of the delta or message: texts are joined too (`audio.data`, `reasoning_details`). */
  message: Fields | undefined;
}

const READ_OF_BODY = new Set(['id', 'object', 'model', 'choices', 'obfuscation']);
const READ_OF_CHOICE = new Set(['index', 'delta', 'message', 'text', 'finish_reason']);
const READ_OF_MESSAGE = new Set(['role', 'refusal', 'function_call', 'text']);

/** What is left of a chunk or an answer; undefined if nothing is. */
export function restOf(
  body: Fields,
  choice: Fields | undefined,
  message: Fields | undefined,
): Rest | undefined {
  const rest = {
    body: unread(body, READ_OF_BODY),
    choice: choice && unread(choice, READ_OF_CHOICE),
    message: message && unread(message, READ_OF_MESSAGE),
  };
  return rest.body || rest.choice || rest.message ? rest : undefined;
}

function unread(fields: Fields, read: ReadonlySet<string>): Fields | undefined {
  let rest: Record<string, unknown> | undefined;
  for (const name in fields) {
    if (read.has(name) || name === '__proto__') continue;
    const value = unreadPart(name, fields[name]);
    if (!isEmpty(value)) (rest ??= {})[name] = value;
  }
  return rest;
}

/** What is left of one field: of the content, the tool calls and the usage only a part is read. */
function unreadPart(name: string, value: unknown): unknown {
  if (name === 'content') return otherParts(value);
  if (name === 'usage') return otherCounts(value);
  if (name === 'reasoning' || name === 'reasoning_content' || name === 'thinking') {
    return typeof value === 'string' ? undefined : value;
  }
  if (name === 'prompt_tokens_details') return isFields(value) ? unread(value, CACHED) : value;
  if (name === 'completion_tokens_details')
    return isFields(value) ? unread(value, REASONED) : value;
  return name === 'tool_calls' ? otherFieldsOfCalls(value) : value;
}

/** The cost of an answer, times, and counts of other kinds. */
function otherCounts(usage: unknown): unknown {
  return isFields(usage) ? unread(usage, READ_OF_USAGE) : undefined;
}

const CACHED = new Set(['cached_tokens']);
const REASONED = new Set(['reasoning_tokens']);
const READ_OF_USAGE = new Set(['prompt_tokens', 'completion_tokens', 'total_tokens']);

/** What calls hold beside their function: `extra_content` with the thought signature of Gemini. */
function otherFieldsOfCalls(calls: unknown): unknown {
  if (!Array.isArray(calls)) return undefined;
  return calls.filter(isFields).flatMap((call) => {
    const others = Object.entries(call).filter(([key]) => !READ_OF_CALL.has(key));
    const { id, index } = call;
    return others.length === 0 ? [] : [given({ id, index, ...Object.fromEntries(others) })];
  });
}

const READ_OF_CALL = new Set(['id', 'index', 'type', 'function', 'custom', 'name', 'arguments']);

/** The parts of a content that are no text: pictures, audio, files. */
function otherParts(content: unknown): unknown {
  if (typeof content === 'string' || !Array.isArray(content)) return undefined;
  return content.filter((part) => isFields(part) && !TEXT_TYPES.has(part.type));
}

const TEXT_TYPES: ReadonlySet<unknown> = new Set([
  undefined,
  'text',
  'output_text',
  'thinking',
  'reasoning',
  'refusal',
]);

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === '') return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** Puts the rests of the chunks of an answer together. */
export function createRests() {
  let latest: Rest | undefined;
  const body = new Map<string, unknown>();
  let choice: Fields | undefined;
  let message: Fields | undefined;
  let size = 0;

  /** The latest values take the place of those before. */
  function addBody(fields: Fields): void {
    for (const [name, value] of Object.entries(fields)) {
      size += sizeOf(value) - (body.has(name) ? sizeOf(body.get(name)) : -name.length);
      body.set(name, value);
    }
  }

  let message_size = 0;
  const ofChoice = { texts: false, grow: (bytes: number) => void (size += bytes) };
  const ofContent = { texts: true, grow: (bytes: number) => void (message_size += bytes) };
  const ofOthers = { ...ofChoice, texts: true };
  return {
    add(rest: Rest | undefined): void {
      if (rest === undefined) return;
      // Chunks that differ in their text alone share the object.
      if (rest.body && rest.body !== latest?.body) addBody(rest.body);
      if (rest.choice) choice = joined(choice, rest.choice, ofChoice) as Fields;
      if (rest.message) {
        const holdsContent = CONTENT.some((name) => Object.hasOwn(rest.message ?? {}, name));
        message = joined(message, rest.message, holdsContent ? ofContent : ofOthers) as Fields;
      }
      latest = rest;
    },
    /** About how many bytes of memory all fields take. */
    get size() {
      return size + message_size;
    },
    /** Those of the content alone, such as sound. */
    get message_size() {
      return message_size;
    },
    /** All fields in one object; undefined if there are none. */
    result(): Fields | undefined {
      return latest && { ...Object.fromEntries(body), ...choice, ...message };
    },
  };
}

/** Fields of a message that are content; others can be a sign of life. */
const CONTENT = ['audio', 'images', 'video', 'content', 'reasoning_details', 'annotations'];

/** Texts that every chunk repeats: they name something. */
const NAMES = new Set([
  'id',
  'type',
  'format',
  'role',
  'name',
  'model',
  'object',
  'status',
  'index',
]);

/**
 * A value and one that a later chunk sends under the same name. Objects are joined by their names,
 * items of a list by their `index`. Changes `before`, which is ours: a copy for each of 200,000 chunks
 * with `logprobs` would take minutes.
 */
function joined(before: unknown, next: unknown, how: Joining, name = ''): unknown {
  if (isEmpty(next)) return before;
  // To count the keys of a large object for each chunk would take minutes.
  if (before === undefined || before === null || before === '') {
    how.grow(OBJECT_SIZE + name.length + sizeOf(next));
    return structuredClone(next);
  }
  if (typeof before === 'string' && typeof next === 'string' && how.texts && !NAMES.has(name)) {
    how.grow(next.length + JOINT_SIZE);
    return before + next;
  }
  if (Array.isArray(before) && Array.isArray(next)) return joinedLists(before, next, how);
  if (!isFields(before) || !isFields(next)) {
    how.grow(sizeOf(next) - sizeOf(before));
    return next;
  }
  const fields = before as Record<string, unknown>;
  for (const [key, value] of Object.entries(next)) {
    if (key === '__proto__') continue;
    fields[key] = joined(Object.hasOwn(fields, key) ? fields[key] : undefined, value, how, key);
  }
  return fields;
}

interface Joining {
  /** Whether texts are pieces of one text; else the latest counts. */
  texts: boolean;
  /** Called with the bytes of memory that are added. */
  grow(bytes: number): void;
}

/** About how many bytes of memory a value takes. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 8;
  let size = OBJECT_SIZE;
  for (const [key, one] of Object.entries(value)) size += key.length + 8 + sizeOf(one);
  return size;
}

const OBJECT_SIZE = 64;
/** What the place takes where two strings are joined. */
const JOINT_SIZE = 32;

function joinedLists(list: unknown[], next: unknown[], how: Joining): unknown[] {
  for (const item of next) {
    const index: unknown = isFields(item) ? item.index : undefined;
    const at =
      typeof index === 'number'
        ? list.findIndex((one) => isFields(one) && one.index === index)
        : -1;
    if (at === -1) {
      how.grow(sizeOf(item));
      list.push(structuredClone(item));
    } else list[at] = joined(list[at], item, how);
  }
  return list;
}
