import { describe, expect, it } from 'vitest';
import { ApiError } from '../../../../src/core/errors.ts';
import { createDraw } from '../../../../src/core/validation/draw.ts';
import {
  drawOrder,
  drawRecord,
  ORDER_SCHEMA,
} from '../../../../src/core/validation/probes/json-questions.ts';
import { jsonProbe } from '../../../../src/core/validation/probes/json.ts';
import { instanceOf } from '../../../../src/sandbox/model/schema-instance.ts';
import { type Asked, judgeProbe } from '../../../helpers/judged-probe.ts';

interface Order {
  buyer: { full_name: string; home_city: string };
  positions: { article: string; quantity: unknown }[];
  priority_class: string;
}

const formOf = ({ parameters }: Asked) => (parameters!.response_format as { type: string }).type;
const textOf = (question: Asked | undefined) => String(question?.messages[0]?.content);

/** What the question asks for, as another program reads it. */
function right(question: Asked): Order & Record<string, unknown> {
  const text = textOf(question);
  const hints = { text, numbers: [], words: [] };
  const record = {
    type: 'object',
    properties: Object.fromEntries(
      ['full_name', 'home_city', 'article'].map((name) => [name, { type: 'string' }]),
    ),
  };
  const schema = formOf(question) === 'json_schema' ? ORDER_SCHEMA : record;
  const value = instanceOf(schema, hints) as Order & Record<string, unknown>;
  if (schema === record) value.quantity = Number(/quantity is (\d+)/.exec(text)?.[1]);
  return value;
}

/** The checks that did not pass when every answer is changed like this. */
async function found(
  change: (json: string, value: ReturnType<typeof right>) => string | Error,
  { full = true, only = '' } = {},
) {
  const { checks, finding, asked } = await judgeProbe(
    jsonProbe,
    (question) => {
      const value = right(question);
      const json = JSON.stringify(value);
      return only === '' || formOf(question) === only ? change(json, value) : json;
    },
    { full },
  );
  const bad = checks.filter(({ verdict }) => verdict !== 'pass');
  return {
    verdict: finding.verdict,
    bad: bad.map(({ check, verdict }) => `${check} ${verdict}`),
    reason: bad[0]?.reason,
    asked,
  };
}

describe('the questions of the json probe', () => {
  it('are asked with json_schema and json_object, and hold neither the schema nor its names', async () => {
    const { asked, verdict } = await found((json) => json);
    expect(verdict).toBe('pass');
    expect(asked.map(formOf)).toEqual(['json_schema', 'json_object']);
    const [withSchema, withObject] = asked;
    expect(textOf(withSchema)).not.toMatch(/buyer|positions|PRIORITY|properties|required/);
    expect(textOf(withObject)).toContain('JSON');
    expect(withSchema?.parameters?.response_format).toMatchObject({
      json_schema: { strict: true, schema: { additionalProperties: false } },
    });
  });

  it('are both asked in both modes, but in the short run only with json_schema', async () => {
    const modes = ['streamed', 'whole'] as const;
    const ask = async (full: boolean) => {
      const { asked } = await judgeProbe(jsonProbe, '{}', { full, modes });
      return asked.map((question) => `${formOf(question)} ${question.mode}`);
    };
    expect(await ask(true)).toEqual([
      'json_schema streamed',
      'json_object streamed',
      'json_schema whole',
      'json_object whole',
    ]);
    expect(await ask(false)).toEqual(['json_schema streamed']);
  });

  it('are drawn from thousands of orders', () => {
    const draw = createDraw('orders');
    const orders = Array.from({ length: 200 }, () => drawOrder(draw).text);
    const records = Array.from({ length: 200 }, () => drawRecord(draw).text);
    expect(new Set([...orders, ...records]).size).toBe(400);
    expect(orders.join()).toMatch(/[^\u0020-\u007e]/);
  });
});

describe('an answer to the json probe', () => {
  it.each<[string, (json: string) => string]>([
    ['with other white space', (json) => `\n${JSON.stringify(JSON.parse(json), null, 2)}\n`],
    ['after reasoning', (json) => `<think>{}</think>${json}`],
    ['with escaped letters', (json) => json.replaceAll(/[^ -~]/g, escaped)],
    ['in decomposed Unicode', (json) => json.normalize('NFD')],
  ])('passes %s', async (_, change) => {
    expect(await found(change)).toMatchObject({ verdict: 'pass', bad: [] });
  });

  it.each<[string, (json: string, value: ReturnType<typeof right>) => string, RegExp]>([
    ['that is empty', () => '', /which is empty$/],
    ['in prose', () => 'The buyer is Zoë.', /which is not JSON$/],
    ['that is cut off', (json) => json.slice(0, -2), /which is not JSON$/],
    [
      'in a code block',
      (json) => `\`\`\`json\n${json}\n\`\`\``,
      /in a code block and not JSON alone$/,
    ],
    ['with text before it', (json) => `Here it is: ${json}`, /which has text around the JSON$/],
    ['with text behind it', (json) => `${json}\nAnything else?`, /text around the JSON$/],
    ['that is a list', (json) => `[${json}]`, /which (does not conform|is not a JSON object)/],
    ['that is null', () => 'null', /which (does not conform|is not a JSON object)/],
    ['in single quotes', (json) => json.replaceAll('"', "'"), /which is not JSON$/],
  ])('fails in both forms %s', async (_, change, reason) => {
    const { verdict, bad, reason: first } = await found(change);
    expect([verdict, bad]).toEqual(['fail', ['json/schema fail', 'json/object fail']]);
    expect(first).toMatch(reason);
  });

  it.each<[string, (value: Order) => unknown]>([
    ['a field more', (value) => ({ ...value, note: '' })],
    ['a field less', ({ buyer, positions }) => ({ buyer, positions })],
    [
      'a field more in a nested object',
      (value) => ({ ...value, buyer: { ...value.buyer, age: 7 } }),
    ],
    ['names of its own', ({ buyer, positions }) => ({ customer: buyer, lines: positions })],
    ['a value outside the enum', (value) => ({ ...value, priority_class: 'high' })],
    ['an object in place of a list', (value) => ({ ...value, positions: value.positions[0] })],
    [
      'a string in place of a number',
      (value) => ({
        ...value,
        positions: value.positions.map((one) => ({ ...one, quantity: String(one.quantity) })),
      }),
    ],
    [
      'a fraction in place of an integer',
      (value) => ({
        ...value,
        positions: value.positions.map((one) => ({ ...one, quantity: 1.5 })),
      }),
    ],
  ])('that ignores the schema fails json/schema: %s', async (_, change) => {
    const { bad, reason } = await found((__, value) => JSON.stringify(change(value)), {
      only: 'json_schema',
    });
    expect(bad).toEqual(['json/schema fail']);
    expect(reason).toMatch(
      /with response_format json_schema, which does not conform to the schema: /,
    );
  });

  it.each<[string, (value: Order) => unknown]>([
    ['another name', (value) => ({ ...value, buyer: { ...value.buyer, full_name: 'Mara' } })],
    [
      'a list without its second item',
      (value) => ({ ...value, positions: value.positions.slice(1) }),
    ],
    ['an empty list', (value) => ({ ...value, positions: [] })],
    [
      'the numbers exchanged',
      ({ positions: [one, two], ...value }) => ({
        ...value,
        positions: [
          { ...one, quantity: two?.quantity },
          { ...two, quantity: one?.quantity },
        ],
      }),
    ],
    ['a name in ASCII', (value) => ({ ...value, buyer: { ...value.buyer, home_city: 'Lodz' } })],
  ])('with wrong values fails json/schema-values: %s', async (_, change) => {
    const { bad, reason } = await found((__, value) => JSON.stringify(change(value)), {
      only: 'json_schema',
    });
    expect(bad).toEqual(['json/schema-values fail']);
    expect(reason).toMatch(/; \{"buyer":\{.*\} is right$/);
  });

  it('with other values fails json/object-values, and with those of another run json/fresh', async () => {
    const quantity = (json: string) => json.replace(/"quantity":\d+/, '"quantity":0');
    expect((await found(quantity, { only: 'json_object' })).bad).toEqual([
      'json/object-values fail',
    ]);
    const article = (json: string) =>
      json.replace(
        /"article":"(\w+)"/,
        (__, word) => `"article":"${word === 'otter' ? 'heron' : 'otter'}"`,
      );
    expect((await found(article, { only: 'json_object' })).bad).toEqual([
      'json/fresh fail',
      'json/object-values fail',
    ]);
  });
});

describe('a server that refuses a form of JSON', () => {
  const refused = () =>
    new ApiError('Unknown response_format', { code: 'bad_request', status: 400 });

  it('passes with the other one, and says so', async () => {
    for (const [only, form] of [
      ['json_schema', 'json-schema'],
      ['json_object', 'json-object'],
    ] as const) {
      const { verdict, bad, reason } = await found(refused, { only });
      expect([verdict, bad]).toEqual(['pass', [`dialect/${form} unsupported`]]);
      expect(reason).toBe(`The server refused response_format ${only}: Unknown response_format`);
    }
  });

  it('is asked with json_object in the short run too, when it refuses json_schema', async () => {
    const { verdict, asked } = await found(refused, { only: 'json_schema', full: false });
    expect(verdict).toBe('pass');
    expect(asked.map(formOf)).toEqual(['json_schema', 'json_object']);
  });

  it('is unsupported when it refuses both', async () => {
    const { verdict, bad } = await found(refused);
    expect(verdict).toBe('unsupported');
    expect(bad).toEqual(['json/schema unsupported', 'json/object unsupported']);
  });

  it('fails when it ignores the form that it does not refuse', async () => {
    const { verdict } = await found((json) =>
      json.includes('buyer') ? refused() : `\`\`\`\n${json}\n\`\`\``,
    );
    expect(verdict).toBe('fail');
  });
});

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
