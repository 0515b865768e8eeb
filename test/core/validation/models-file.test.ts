import { readFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { UsageError } from '../../../src/core/errors.ts';
import { modelsFileSchema, parseModelsFile } from '../../../src/core/validation/models-file.ts';

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
  const entry = fc.record(
    {
      model: field(fc.string()),
      required: field(fc.boolean()),
      comment: field(fc.string()),
      probes: field(probes),
      long_tokens: field(fc.integer({ min: 0, max: 2_000_000 })),
      limits: field(limits),
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

describe('a models file', () => {
  it('gives for each model whether it is required, its probes and its limits', () => {
    const models = parse({
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
            max_ttft: '800ms',
            max_latency: '2',
            min_tokens_per_second: 12.5,
            retries: 1,
          },
        },
      ],
    });
    expect(models).toEqual([
      { model: 'a', required: true, probes: undefined, limits: {} },
      {
        model: 'b',
        required: false,
        probes: { names: ['vision', 'long'], long_tokens: 32_000 },
        limits: {
          timeout: 30_000,
          max_ttft: 800,
          max_latency: 2000,
          min_tokens_per_second: 12.5,
          retries: 1,
        },
      },
    ]);
  });

  it.each([
    ['{', /^models\.json is not JSON: /],
    ['[]', /^models\.json is not a list of models to validate: expected object$/],
    ['{}', /: models: expected array$/],
    ['{"models":[]}', /: models: is too small or empty$/],
    ['{"models":[{"model":""}]}', /: models\[0\]\.model: is too small or empty$/],
    ['{"models":[{"model":"a","requird":true}]}', /: models\[0\]: unknown field requird$/],
    ['{"models":[{"model":"a","required":"yes"}]}', /models\[0\]\.required: expected boolean$/],
    ['{"models":[{"model":"a","probes":["chatt"]}]}', /probes\[0\]: expected chat or stream or/],
    ['{"models":[{"model":"a","limits":{"retries":11}}]}', /limits\.retries: must be at most 10$/],
    ['{"models":[{"model":"a","long_tokens":9}]}', /\.long_tokens: must be at least 1000$/],
    ['{"models":[{"model":"a","limits":{"timeout":"soon"}}]}', /timeout: expected a duration such/],
    ['{"models":[{"model":"a","limits":{"timeout":"0s"}}]}', /timeout: a duration is at least 1/],
    ['{"models":[{"model":"a"},{"model":"a"}]}', /the model a is described twice$/],
  ])('the models file %s is refused', (text, message) => {
    const read = () => parseModelsFile(text, 'models.json');
    expect(read).toThrow(UsageError);
    expect(read).toThrow(message);
  });
});
