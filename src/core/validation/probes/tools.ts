import type { ChatAnswer } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import { type Probe, quoteAnswer, answerText } from './probe.ts';
import { isFields, jsonOrUndefined } from '../../json.ts';

const QUESTION = 'What is the weather in Lisbon now, in celsius? Use a tool to find out.';

const CITY = { type: 'string', description: 'Name of the city' };

/** Two functions, one of which fits the question. */
const TOOLS = [
  tool('local_time', 'The time of day in a city', { city: CITY }),
  tool('current_weather', 'The weather in a city at the moment', {
    city: CITY,
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
  }),
];

/** Does the model call the right function with the right arguments? */
export const toolsProbe: Probe = {
  name: 'tools',
  short_requests: 1,
  async run({ modes, full, send, judge }) {
    const question = { messages: promptMessages(QUESTION), parameters: { tools: TOOLS } };
    for (const mode of full ? modes : modes.slice(0, 1)) {
      judge('tools/right-call', problemOf((await send(question, mode)).answer));
    }
  },
};

function problemOf(answer: ChatAnswer): string | undefined {
  const [call, ...more] = answer.tool_calls;
  if (call === undefined) {
    return `Called no function, but answered ${quoteAnswer(answerText(answer))}`;
  }
  const shown = `${call.name}(${call.arguments})`;
  if (more.length > 0)
    return `Called ${more.length + 1} functions, the first ${quoteAnswer(shown)}`;
  if (call.name !== 'current_weather') return `Called ${quoteAnswer(shown)}, the wrong function`;
  return hasRightArguments(call.arguments)
    ? undefined
    : `Called ${quoteAnswer(shown)}, with the wrong arguments`;
}

function hasRightArguments(json: string): boolean {
  const value = jsonOrUndefined(json);
  if (!isFields(value) || typeof value.city !== 'string') return false;
  // `Lisbon, Portugal` is right too; a unit outside the enum is not.
  return /^lisbo[na]\b/i.test(value.city) && value.unit === 'celsius';
}

function tool(name: string, description: string, properties: Record<string, unknown>) {
  const parameters = {
    type: 'object',
    properties,
    required: Object.keys(properties),
    additionalProperties: false,
  };
  return { type: 'function', function: { name, description, parameters } };
}
