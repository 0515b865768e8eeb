import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import type { QwenDemoError } from '../../errors.ts';
import { isFields, jsonOrUndefined } from '../../json.ts';
import type { Draw } from '../draw.ts';
import { isRefused } from '../refused-field.ts';
import { drawOrder, drawRecord, ORDER_SCHEMA, type JsonQuestion } from './json-questions.ts';
import { type Mode, type Probe, type ProbeContext, quoteAnswer, answerText } from './probe.ts';

/** The forms of `response_format`. A service honours one of them or both. */
type Form = 'schema' | 'object';

const FORMATS: Readonly<Record<Form, unknown>> = {
  schema: {
    type: 'json_schema',
    json_schema: { name: 'order', strict: true, schema: ORDER_SCHEMA },
  },
  object: { type: 'json_object' },
};

const DRAWN: Readonly<Record<Form, (draw: Draw) => JsonQuestion>> = {
  schema: drawOrder,
  object: drawRecord,
};

const OTHER: Readonly<Record<Form, Form>> = { schema: 'object', object: 'schema' };

/**
 * Is an answer JSON and nothing else, as asked with `json_schema` and with `json_object`? Many services
 * honour one of the two, which is enough for JSON: the other is reported as `dialect/json-...`.
 */
export const jsonProbe: Probe = {
  name: 'json',
  short_requests: 1,
  async run(context) {
    const { modes, full } = context;
    const refusals: Partial<Record<Form, QwenDemoError>> = {};
    const honoured = new Set<Form>();
    for (const mode of full ? modes : modes.slice(0, 1)) {
      for (const form of ['schema', 'object'] as const) {
        if (form === 'object' && !full && refusals.schema === undefined) continue;
        const refusal = await askForJson(context, form, mode);
        if (refusal === undefined) honoured.add(form);
        else refusals[form] ??= refusal;
      }
    }
    for (const form of ['schema', 'object'] as const) {
      const { message } = refusals[form] ?? {};
      if (message === undefined) continue;
      // One that is refused in one mode only, or together with the other, is not there to rely on.
      const spare = honoured.has(OTHER[form]) && !honoured.has(form);
      const check = spare ? `dialect/json-${form}` : `json/${form}`;
      context.unsupported(check, `The server refused response_format json_${form}: ${message}`);
    }
  },
};

/** Returns the error of a server that refuses the form. */
async function askForJson(
  { draw, send, judge }: ProbeContext,
  form: Form,
  mode: Mode,
): Promise<QwenDemoError | undefined> {
  const { text, expected } = DRAWN[form](draw);
  const parameters = { response_format: FORMATS[form] };
  let answer: ChatAnswer;
  try {
    ({ answer } = await send({ messages: promptMessages(text), parameters }, mode));
  } catch (error) {
    if (!isRefused(error)) throw error;
    return error;
  }
  const said = answerText(answer);
  const value = jsonOrUndefined(said);
  const cause = value === undefined ? notJson(said) : await problemOf(value, form);
  const what = `Answered ${quoteAnswer(said)} with response_format json_${form}`;
  judge(`json/${form}`, cause === undefined ? undefined : `${what}, ${cause}`);
  if (cause !== undefined) return undefined;
  const right =
    canonical(form === 'schema' ? value : asked(value, expected)) === canonical(expected);
  judge(`json/${form}-values`, right ? undefined : `${what}; ${JSON.stringify(expected)} is right`);
  return undefined;
}

async function problemOf(value: unknown, form: Form): Promise<string | undefined> {
  if (form === 'object') return isFields(value) ? undefined : 'which is not a JSON object';
  mismatchOf ??= import('../../chat/json-schema.ts').then(({ compileSchema }) =>
    compileSchema(ORDER_SCHEMA),
  );
  const mismatch = (await mismatchOf)(value);
  return mismatch && `which does not conform to the schema: ${mismatch}`;
}

/** Compiled once, which takes longer than all the rest of the probe. */
let mismatchOf: Promise<(value: unknown) => string | undefined> | undefined;

/** Why `JSON.parse` fails. */
function notJson(text: string): string {
  if (text === '') return 'which is empty';
  if (text.startsWith('```')) return 'which is in a code block and not JSON alone';
  const inner = /\{[^]*\}/.exec(text)?.[0] ?? '';
  return jsonOrUndefined(inner) === undefined
    ? 'which is not JSON'
    : 'which has text around the JSON';
}

/** The fields that were asked for: without a schema there may be more. */
function asked(value: unknown, expected: Readonly<Record<string, unknown>>) {
  if (!isFields(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([name]) => Object.hasOwn(expected, name)),
  );
}

/** Equal for values that mean the same: whatever the order, and a number written as a string. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).toSorted().join()}]`;
  if (!isFields(value)) return String(value).normalize('NFC').trim();
  const fields = Object.entries(value).map(([name, field]) => `${name}:${canonical(field)}`);
  return `{${fields.toSorted().join()}}`;
}
