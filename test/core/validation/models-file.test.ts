import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { UsageError } from '../../../src/core/errors.ts';
import { parseModelsFile } from '../../../src/core/validation/models-file.ts';
import { modelsFileSchema } from '../../../src/core/validation/models-schema.ts';
import { bound } from '../../helpers/validate.ts';

const published = JSON.parse(
  await readFile(new URL('../../../schemas/models.schema.json', import.meta.url), 'utf8'),
);

const parse = (document: unknown) => parseModelsFile(JSON.stringify(document), 'models.json');

describe('the published JSON Schema', () => {
  it('is generated from the schema of the program', () => {
    expect(published).toEqual(z.toJSONSchema(modelsFileSchema));
  });

  const field = <T>(value: fc.Arbitrary<T>) =>
    fc.oneof({ weight: 9, arbitrary: value }, fc.jsonValue());
  const duration = field(fc.constantFrom('30s', '500ms', '2m', '1.5', 'soon', '-1s', '0'));
  const limits = fc.record(
    {
      timeout: duration,
      max_ttft: duration,
      min_tokens_per_second: field(fc.double({ noNaN: true })),
      retries: field(fc.integer({ min: -1, max: 12 })),
    },
    { requiredKeys: [] },
  );
  const probes = fc.array(fc.constantFrom('chat', 'tools', 'long', 'fly'));
  const words = fc.oneof(fc.string(), fc.array(fc.string(), { maxLength: 2 }));
  const expected = fc.oneof(
    fc.record({ equals: words }),
    fc.record({ contains: words }),
    fc.record({ regex: fc.string() }),
    fc.record({ schema: fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 }) }),
    fc.record({ number: fc.double({ noNaN: true }), within: fc.double({ noNaN: true }) }),
    fc.record({ number: fc.integer(), equals: fc.string() }),
  );
  const ownProbe = fc.record(
    {
      name: field(fc.constantFrom('a', 'capital-of-france', 'Not this', '-')),
      prompt: field(fc.string()),
      system: field(fc.string()),
      pictures: field(fc.array(fc.string(), { maxLength: 2 })),
      expected: field(expected),
    },
    { requiredKeys: ['name', 'prompt', 'expected'] },
  );
  const entry = fc.record(
    {
      model: field(fc.string()),
      required: field(fc.boolean()),
      comment: field(fc.string()),
      probes: field(probes),
      long_tokens: field(fc.integer({ min: 0, max: 2_000_000 })),
      limits: field(limits),
      own_probes: field(fc.array(ownProbe, { maxLength: 2 })),
      extra_body: field(fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 2 })),
      headers: field(fc.dictionary(fc.string(), fc.string(), { maxKeys: 2 })),
      max_tokens: field(fc.integer({ min: 0, max: 2_000_000 })),
      max_tokens_field: field(fc.constantFrom('max_tokens', 'max_completion_tokens', 'tokens')),
      thinking: field(fc.constantFrom('enable_thinking', 'reasoning_effort', 'none', 'on')),
      stream_only: field(fc.boolean()),
      temperature: field(fc.double({ min: -1, max: 3, noNaN: true })),
      system_role: field(fc.constantFrom('system', 'developer', 'user', 'none', 'assistant')),
      more: fc.jsonValue(),
    },
    { requiredKeys: ['model'] },
  );
  const file = fc.record({ models: field(fc.array(entry, { maxLength: 3 })) });

  it('accepts the same files in an independent validator', () => {
    const conforms = new Ajv2020().compile(published);
    fc.assert(
      fc.property(file, (document) => {
        const plain = JSON.parse(JSON.stringify(document)) as unknown;
        expect(modelsFileSchema.safeParse(plain).success).toBe(conforms(plain));
      }),
      { numRuns: 500 },
    );
  });
});

const own = (expected: string) =>
  `{"models":[{"model":"a","own_probes":[{"name":"b","prompt":"c","expected":${expected}}]}]}`;

describe('the page about the models file', () => {
  it('has an example that is one, and names every field of a dialect', async () => {
    const page = await readFile(new URL('../../../docs/recipes.md', import.meta.url), 'utf8');
    const examples = [...page.matchAll(/^```json\n(.*?)^```/gms)].map(([, text = '']) => text);
    const example = examples.find((text) => text.includes('own_probes')) ?? '';
    const [model] = await parseModelsFile(example, 'models.json');
    expect(model?.own.map(({ name }) => name)).toEqual(['capital', 'order']);
    const named = [...page.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name);
    const others = ['model', 'required', 'comment', 'probes', 'long_tokens', 'limits'];
    const fields = Object.keys(published.properties.models.items.properties);
    expect(named).toEqual(expect.arrayContaining(fields.filter((name) => !others.includes(name))));
  });
});

describe('a models file', () => {
  it('gives for each model whether it is required, its probes and its limits', async () => {
    const models = await parse({
      $schema: './node_modules/qwen-demo/schemas/models.schema.json',
      comment: 'What the shop depends on',
      models: [
        { model: 'a' },
        {
          model: 'b',
          required: false,
          comment: 'Only for pictures',
          probes: ['vision', 'long'],
          long_tokens: 32_000,
          limits: {
            timeout: '30s',
            max_ttft: ['800ms', 'tools:p95=5s'],
            max_latency: '2',
            min_tokens_per_second: 12.5,
            retries: 1,
          },
        },
      ],
    });
    expect(models).toEqual([
      { model: 'a', required: true, probes: undefined, limits: {}, dialect: {}, own: [] },
      {
        model: 'b',
        required: false,
        probes: { names: ['vision', 'long'], long_tokens: 32_000 },
        limits: {
          timeout: 30_000,
          max_ttft: [...bound(800), ...bound(5000, { probe: 'tools', statistic: 'p95' })],
          max_latency: bound(2000),
          min_tokens_per_second: bound(12.5),
          retries: 1,
        },
        dialect: {},
        own: [],
      },
    ]);
  });

  it('gives the dialect of a model, with the names of headers in lower case', async () => {
    const dialect = {
      extra_body: { top_k: 20, stream_options: null },
      max_tokens: 512,
      max_tokens_field: 'max_completion_tokens',
      thinking: 'reasoning_effort',
      stream_only: true,
      temperature: 0.6,
      system_role: 'developer',
    };
    const [model] = await parse({
      models: [{ model: 'a', ...dialect, headers: { 'X-Route': 'fast' } }],
    });
    expect(model?.dialect).toEqual({ ...dialect, headers: { 'x-route': 'fast' } });
  });

  it('gives the own probes of a model as they are written', async () => {
    const probe = { name: 'capital', prompt: 'Of France?', expected: { equals: 'Paris' } };
    const [model] = await parse({
      models: [{ model: 'a', own_probes: [{ ...probe, comment: 'Easy', pictures: ['a.png'] }] }],
    });
    expect(model?.own).toEqual([{ ...probe, system: undefined, pictures: ['a.png'] }]);
  });

  it.each([
    ['{', /^models\.json is not JSON: /],
    ['[]', /^models\.json is not a list of models to validate: must be an object, not an array$/],
    ['{}', /: models: is missing; it must be an array$/],
    ['{"models":[]}', /: models: must not be empty$/],
    ['{"models":[{"model":""}]}', /: models\[0\]\.model: must not be empty$/],
    [
      '{"models":[{"model":"a","requird":true}]}',
      /: models\[0\]: unknown field requird; did you mean required\?$/,
    ],
    [
      '{"models":[{"model":"a","required":"yes"}]}',
      /models\[0\]\.required: must be true or false, not a string$/,
    ],
    [
      '{"models":[{"model":"a","probes":["chatt"]}]}',
      /probes\[0\]: must be one of chat, stream, .*; did you mean chat\?$/,
    ],
    ['{"models":[{"model":"a","limits":{"retries":11}}]}', /limits\.retries: must be at most 10$/],
    ['{"models":[{"model":"a","long_tokens":9}]}', /\.long_tokens: must be at least 1000$/],
    ['{"models":[{"model":"a","limits":{"timeout":"soon"}}]}', /timeout: must be a duration such/],
    ['{"models":[{"model":"a","limits":{"timeout":"0s"}}]}', /timeout: "0s" is not a duration/],
    ['{"models":[{"model":"a"},{"model":"a"}]}', /the model a is described twice$/],
    [
      '{"models":[{"model":"a","thinking":"on"}]}',
      /thinking: must be one of enable_thinking, reason/,
    ],
    ['{"models":[{"model":"a","temperature":3}]}', /temperature: must be at most 2$/],
    ['{"models":[{"model":"a","headers":{"Authorization":"x"}}]}', /cannot set authorization/],
    ['{"models":[{"model":"a","headers":{"X-Api-Key":"x"}}]}', /cannot set x-api-key/],
    ['{"models":[{"model":"a","headers":{"Cookie":"x"}}]}', /\.headers cannot set cookie$/],
    ['{"models":[{"model":"a","headers":{"a b":"x"}}]}', /models\[0\]\.headers: the name of a/],
    ['{"models":[{"model":"a","headers":{"X-A":"b\\nc"}}]}', /value of x-a holds a line break$/],
    [
      '{"models":[{"model":"a","extra_body":{"messages":[]}}]}',
      /extra_body must not hold messages$/,
    ],
    ['{"models":[{"model":"a","probes":["own"]}]}', /models\[0\]\.probes: own needs own_probes$/],
    [own('{"equals":"b","contains":"c"}'), /own_probes\[0\]\.expected: give one of equals, /],
    [own('{}'), /own_probes\[0\]\.expected: give one of equals, contains, regex, schema and/],
    [own('{"equals":"b","within":1}'), /own_probes\[0\]\.expected: within needs number$/],
    [
      own('{"equal":"b"}'),
      /own_probes\[0\]\.expected: unknown field equal; did you mean equals\?$/,
    ],
    [own('{"equals":[]}'), /own_probes\[0\]\.expected\.equals: /],
    [own('{"regex":"("}'), /own_probes\[0\]\.expected: Invalid regular expression: /],
    [own('{"schema":{"type":"text"}}'), /own_probes\[0\]\.expected: The schema is not valid/],
  ])('the models file %s is refused', async (text, message) => {
    const error: unknown = await parseModelsFile(text, 'models.json').catch((one: unknown) => one);
    expect(error).toBeInstanceOf(UsageError);
    expect((error as UsageError).message).toMatch(message);
  });

  it('is refused when two own probes of one model have one name', async () => {
    const probe = { name: 'capital', prompt: 'Of France?', expected: { equals: 'Paris' } };
    await expect(parse({ models: [{ model: 'a', own_probes: [probe, probe] }] })).rejects.toThrow(
      'models[0].own_probes: the probe capital is described twice',
    );
  });
});
