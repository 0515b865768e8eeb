import type { ToolCall } from '../../chat/answer.ts';
import { promptMessages } from '../../chat/messages.ts';
import type { OfferedTool } from '../checks/calls.ts';
import { isFields, jsonOrUndefined } from '../../json.ts';
import type { Draw } from '../draw.ts';
import { type Question, quoteAnswer } from './probe.ts';

const CITY = { type: 'string', description: 'Name of the city' };

/** The function that the questions are about. */
export const FORECAST = 'weather_forecast';
/** A function without arguments: its arguments are `{}`, which some servers leave empty. */
export const TIMERS = 'list_timers';

/** Three functions, of which one fits the questions. */
export const TOOLS: readonly OfferedTool[] = [
  tool('local_time', 'The time of day in a city', { city: CITY }),
  tool(FORECAST, 'The weather of the next days in a city', {
    city: CITY,
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    options: object({
      days: { type: 'integer', minimum: 1, maximum: 14, description: 'Number of days' },
      wind: { type: 'boolean', description: 'Whether to tell the wind' },
    }),
  }),
  tool(TIMERS, 'All timers that run', {}),
];

function object(properties: Record<string, unknown>) {
  const required = Object.keys(properties);
  return { type: 'object', properties, required, additionalProperties: false };
}

function tool(name: string, description: string, properties: Record<string, unknown>): OfferedTool {
  return { type: 'function', function: { name, description, parameters: object(properties) } };
}

/** Names of one word that are the same in most languages. */
const CITIES = `Accra Berlin Boston Chicago Denver Dublin Helsinki Jakarta Lagos Lima Madrid Manila
Melbourne Nairobi Osaka Oslo Quito Seattle Sydney Toronto`.split(/\s+/);

/** The arguments of a forecast. */
export interface Forecast {
  city: string;
  unit: string;
  options: { days: number; wind: boolean };
}

/** Draws forecasts for different cities. */
export function drawForecasts({ several, pick, integer }: Draw, count: number): Forecast[] {
  return several(CITIES, count).map((city) => ({
    city,
    unit: pick(['celsius', 'fahrenheit']),
    options: { days: integer(2, 9), wind: pick([true, false]) },
  }));
}

const wish = ({ city, unit, options: { days, wind } }: Forecast) =>
  `The city is ${city}, the unit is ${unit}, the number of days is ${days}, and wind is ${wind}.`;

/** Asks for one forecast, and for the station that only its result names. */
export function forecastQuestion(forecast: Forecast): string {
  return `Use a tool to get the weather forecast. ${wish(forecast)} Then answer with the name of the station that the result gives.`;
}

/** Asks for several forecasts at once. */
export function forecastsQuestion(forecasts: readonly Forecast[]): string {
  const wishes = forecasts.map((forecast) => `- ${wish(forecast)}`);
  return `Use a tool to get these ${forecasts.length} weather forecasts, all of them at once:\n${wishes.join('\n')}`;
}

/** A question with the functions. */
export function withTools(text: string, more: Readonly<Record<string, unknown>> = {}): Question {
  return { messages: promptMessages(text), parameters: { tools: TOOLS, ...more } };
}

/** Whether the arguments of a call are those of a forecast; `Oslo, Norway` is Oslo. */
export function isForecast(json: string, { city, unit, options }: Forecast): boolean {
  const value = jsonOrUndefined(json);
  return (
    isFields(value) &&
    typeof value.city === 'string' &&
    value.city.toLowerCase().includes(city.toLowerCase()) &&
    value.unit === unit &&
    isFields(value.options) &&
    value.options.days === options.days &&
    value.options.wind === options.wind
  );
}

/** A call in a reason. */
export const shownCall = ({ name, arguments: args }: ToolCall) => quoteAnswer(`${name}(${args})`);
