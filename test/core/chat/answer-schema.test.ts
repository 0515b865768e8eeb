import { describe, expect, it } from 'vitest';
import { loadAnswerCheck, responseFormat } from '../../../src/core/chat/answer-schema.ts';
import type { Schema } from '../../../src/core/chat/json-schema.ts';
import { answer } from '../../helpers/scripted-chat.ts';

const CITY: Schema = {
  type: 'object',
  properties: { name: { type: 'string' }, size: { type: 'integer', minimum: 1 } },
  required: ['name', 'size'],
  additionalProperties: false,
};

async function judge(schema: Schema, content: string, finish_reason = 'stop') {
  const check = await loadAnswerCheck(schema);
  return () => check(answer(content, { finish_reason }));
}

describe('an answer', () => {
  it('that keeps to its schema passes', async () => {
    expect(await judge(CITY, '{"name":"Rome","size":3}')).not.toThrow();
  });

  it.each([
    ['is not JSON', 'Rome', 'The answer of 127.0.0.1 is not JSON'],
    ['is JSON in a fence', '```json\n{}\n```', 'is not JSON'],
    ['lacks something', '{"name":"Rome"}', "it must have required property 'size'"],
    ['has a wrong value', '{"name":"Rome","size":0}', '/size must be >= 1'],
    ['has too many faults to name', '{"a":1,"b":2,"c":3}', 'and 2 more'],
  ])('that %s does not, and hears why', async (_, content, words) => {
    const judged = await judge(CITY, content);
    expect(judged).toThrow(words);
    expect(judged).toThrow(expect.objectContaining({ kind: 'protocol', code: 'schema_mismatch' }));
  });

  it('that was cut off hears that too', async () => {
    const judged = await judge(CITY, '{"name":"Ro', 'length');
    expect(judged).toThrow('is not JSON (it was cut off at the limit of tokens)');
  });
});

describe('a schema', () => {
  it.each([
    ['2020-12 by default', { prefixItems: [{ type: 'string' }] }],
    [
      '2020-12 by name',
      {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        prefixItems: [{ type: 'string' }],
      },
    ],
    ['07', { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'string' }] }],
  ])('is read as draft %s', async (_, schema) => {
    expect(await judge(schema, '["a"]')).not.toThrow();
    expect(await judge(schema, '[1]')).toThrow('/0 must be string');
  });

  it('may ask for a format', async () => {
    expect(await judge({ format: 'date' }, '"2026-02-30"')).toThrow('must match format "date"');
  });

  it('may hold keywords that are not known', async () => {
    expect(await judge({ 'x-order': 1, format: 'colour' }, '1')).not.toThrow();
  });

  it.each([
    ['says nonsense', { type: 'nonsense' }, 'The schema is not valid'],
    ['is of another dialect', { $schema: 'http://json-schema.org/draft-04/schema#' }, 'dialect'],
    ['points outside', { $ref: 'https://example.com/schema.json' }, 'The schema is not valid'],
  ])('is refused when it %s', async (_, schema, words) => {
    await expect(loadAnswerCheck(schema)).rejects.toThrow(words);
    await expect(loadAnswerCheck(schema)).rejects.toMatchObject({ kind: 'usage' });
  });

  it.each([
    [undefined, 'answer'],
    ['City of Man', 'City_of_Man'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('with the title %s goes out under a name', (title, name) => {
    const schema = title === undefined ? CITY : { ...CITY, title };
    expect(responseFormat(schema)).toEqual({
      type: 'json_schema',
      json_schema: { name, strict: true, schema },
    });
  });
});
