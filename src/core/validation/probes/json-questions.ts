import type { Draw } from '../draw.ts';
import { WORDS } from '../words.ts';

/** A question for JSON, and the value that is right. */
export interface JsonQuestion {
  text: string;
  expected: Readonly<Record<string, unknown>>;
}

const LEVELS = ['low', 'normal', 'high'] as const;

/** Names and cities with letters beyond ASCII. */
const NAMES = [
  'Zoë Nowak',
  'Łukasz Müller',
  'Søren Ångström',
  'María Núñez',
  'Ольга Петрова',
  'Nguyễn Thị Hoa',
  '王小明',
];
const CITIES = ['Łódź', 'São Paulo', 'Malmö', 'Zürich', 'Αθήνα', 'Kőszeg', '東京'];

const object = (properties: Readonly<Record<string, unknown>>) => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

/**
 * Of {@link drawOrder}. The question names neither its outer properties nor the values of its enum, so
 * that only a server that reads the schema can conform to it.
 */
export const ORDER_SCHEMA = object({
  buyer: object({ full_name: { type: 'string' }, home_city: { type: 'string' } }),
  positions: {
    type: 'array',
    items: object({ article: { type: 'string' }, quantity: { type: 'integer' } }),
  },
  priority_class: {
    type: 'string',
    enum: LEVELS.map((level) => `PRIORITY_${level.toUpperCase()}`),
  },
});

/** An order for `json_schema`: nested objects, a list, an enum. */
export function drawOrder({ pick, several, integer, nonce }: Draw): JsonQuestion {
  const buyer = { full_name: pick(NAMES), home_city: pick(CITIES) };
  const positions = several(WORDS, 2).map((article) => ({ article, quantity: integer(2, 99) }));
  const level = pick(LEVELS);
  const lines = positions.map(
    ({ article, quantity }) => `article: "${article}", quantity: ${quantity}`,
  );
  return {
    text: `Question "${nonce()}": write this order as JSON. The full name is "${buyer.full_name}", the home city is "${buyer.home_city}". It has two lines; ${lines.join('; ')}. The order has a ${level} priority.`,
    expected: { buyer, positions, priority_class: `PRIORITY_${level.toUpperCase()}` },
  };
}

/** A flat object for `json_object`, whose property names stand in the question. */
export function drawRecord({ pick, integer, word, nonce }: Draw): JsonQuestion {
  const expected = {
    full_name: pick(NAMES),
    home_city: pick(CITIES),
    article: word(),
    quantity: integer(2, 99),
  };
  const { full_name, home_city, article, quantity } = expected;
  return {
    text: `Question "${nonce()}": write a JSON object with the keys full_name, home_city, article and quantity. The full name is "${full_name}", the home city is "${home_city}", the article is "${article}", the quantity is ${quantity}.`,
    expected,
  };
}
