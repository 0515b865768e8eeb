import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import { ApiError } from '../../errors.ts';
import { type Mode, type Probe, type ProbeContext, quoteAnswer, answerText } from './probe.ts';
import { isFields, jsonOrUndefined } from '../../json.ts';

const EXPECTED = { full_name: 'Mara', age: 34, home_city: 'Lisbon' };
const SCHEMA = {
  type: 'object',
  properties: {
    full_name: { type: 'string' },
    age: { type: 'integer' },
    home_city: { type: 'string' },
  },
  required: ['full_name', 'age', 'home_city'],
  additionalProperties: false,
};
const QUESTION = `Write as JSON: the full name is Mara, the age is 34, the home city is Lisbon. It must conform to this JSON Schema: ${JSON.stringify(SCHEMA)}`;

const STRICT = {
  type: 'json_schema',
  json_schema: { name: 'person', strict: true, schema: SCHEMA },
};

/** Does the answer conform exactly to a JSON Schema? */
export const jsonProbe: Probe = {
  name: 'json',
  short_requests: 1,
  async run({ modes, full, send, judge }) {
    for (const mode of full ? modes : modes.slice(0, 1)) {
      judge('json/conforms', problemOf(await askForJson(send, mode)));
    }
  },
};

/** Many services support `json_object` only; there the schema in the question has to suffice. */
async function askForJson(send: ProbeContext['send'], mode: Mode): Promise<ChatAnswer> {
  const question = (response_format: unknown) => ({
    messages: promptMessages(QUESTION),
    parameters: { response_format },
  });
  try {
    return (await send(question(STRICT), mode)).answer;
  } catch (error) {
    if (!(error instanceof ApiError && error.code === 'bad_request')) throw error;
    return (await send(question({ type: 'json_object' }), mode)).answer;
  }
}

function problemOf(answer: ChatAnswer): string | undefined {
  const text = answerText(answer);
  const value = jsonOrUndefined(text);
  if (value === undefined) return `Answered ${quoteAnswer(text)}, which is not JSON`;
  const conforms =
    isFields(value) &&
    Object.keys(value).length === Object.keys(EXPECTED).length &&
    typeof value.full_name === 'string' &&
    Number.isInteger(value.age) &&
    typeof value.home_city === 'string';
  if (!conforms) return `Answered ${quoteAnswer(text)}, which does not conform to the schema`;
  const right = Object.entries(EXPECTED).every(([name, expected]) => value[name] === expected);
  return right ? undefined : `Answered ${quoteAnswer(text)} instead of ${JSON.stringify(EXPECTED)}`;
}
