import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { instanceOf } from '../../../src/sandbox/model/schema-instance.ts';

type Schema = Record<string, unknown>;

const bounds = fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: 0, max: 50 }));

const leaf: fc.Arbitrary<Schema> = fc.oneof(
  fc.constantFrom<Schema>(
    { type: 'boolean' },
    { type: 'null' },
    { type: 'number' },
    { type: 'string' },
    { type: 'string', format: 'date' },
    { type: 'string', format: 'email' },
    { type: 'string', format: 'uuid' },
    { const: 'x' },
  ),
  bounds.map(([minimum, span]) => ({ type: 'integer', minimum, maximum: minimum + span })),
  bounds.map(([low, span]) => ({
    type: 'number',
    exclusiveMinimum: low,
    exclusiveMaximum: low + span + 1,
  })),
  fc.integer({ min: 1, max: 9 }).map((multipleOf) => ({ type: 'integer', multipleOf, minimum: 1 })),
  fc
    .tuple(fc.nat(20), fc.nat(20))
    .map(([minLength, more]) => ({ type: 'string', minLength, maxLength: minLength + more })),
  fc
    .uniqueArray(fc.string({ maxLength: 5 }), { minLength: 1, maxLength: 4 })
    .map((values) => ({ type: 'string', enum: values })),
);

const { schema } = fc.letrec<{ schema: Schema }>((tie) => ({
  schema: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    leaf,
    fc.tuple(tie('schema'), fc.nat(3), fc.nat(3)).map(([items, minItems, more]) => ({
      type: 'array',
      items,
      minItems,
      maxItems: minItems + more,
    })),
    fc
      .dictionary(fc.stringMatching(/^[a-z]{1,6}$/), tie('schema'), { maxKeys: 4 })
      .map((properties) => ({
        type: 'object',
        properties,
        required: Object.keys(properties),
        additionalProperties: false,
      })),
    tie('schema').map((one) => ({ anyOf: [one, { type: 'null' }] })),
  ),
}));

describe('an instance of a schema', () => {
  it('conforms to the schema for any prompt, as zod checks it', () => {
    fc.assert(
      fc.property(
        schema,
        fc.array(fc.double({ noNaN: true, min: -100, max: 100 })),
        fc.array(fc.string({ maxLength: 30 })),
        (schema, numbers, words) => {
          const hints = { text: words.join(' '), numbers, words };
          const instance = instanceOf(schema, hints);
          const verdict = z.fromJSONSchema(schema).safeParse(instance);
          expect(verdict.error?.message).toBeUndefined();
        },
      ),
      { numRuns: 500 },
    );
  });

  const hints = { text: 'The first number is 3, unit: metres', numbers: [9, 3], words: ['Rome'] };

  it('takes the value that the prompt gives a property by its name', () => {
    const properties = {
      first_number: { type: 'number' },
      unit: { type: 'string' },
      other: { type: 'integer' },
      city: { type: 'string' },
    };
    expect(instanceOf({ type: 'object', properties }, hints)).toEqual({
      first_number: 3,
      unit: 'metres',
      other: 9,
      city: 'Rome',
    });
  });

  it('follows references, also circular ones up to a depth', () => {
    const $defs = { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } };
    expect(JSON.stringify(instanceOf({ $ref: '#/$defs/node', $defs }, hints))).toMatch(/null\}+$/);
    expect(instanceOf({ $ref: '#/$defs/name', $defs: { name: { const: 1 } } }, hints)).toBe(1);
  });

  it('is an empty array when maxItems is 0', () => {
    expect(instanceOf({ type: 'array', maxItems: 0 }, hints)).toEqual([]);
  });

  it('never reads a prototype', () => {
    expect(instanceOf({ $ref: '#/constructor/prototype' }, hints)).toBe('Rome');
  });
});
