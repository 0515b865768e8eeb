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

describe('the check of an answer', () => {
  it('passes for JSON that matches the schema', async () => {
    expect(await judge(CITY, '{"name":"Rome","size":3}')).not.toThrow();
  });

  it('passes for such JSON in one code block, and under the wrapper of OpenAI', async () => {
    const fenced = '```json\n{"name":"Rome","size":3}\n```\n';
    expect(await judge(CITY, fenced)).not.toThrow();
    for (const other of [
      fenced.replaceAll('```', '~~~~'),
      '```json {"name":"Rome","size":3}```',
      `Here it is:\n\n${fenced}\nAnything else?`,
      `Here it is:\n${fenced}`.replaceAll('\n', '\r\n'),
    ]) {
      expect(await judge(CITY, other)).not.toThrow();
    }
    expect(await judge(CITY, `One:\n${fenced}Two:\n${fenced}`)).toThrow('is not JSON');
    const wrapper = { name: 'city', strict: false, schema: CITY };
    for (const schema of [
      wrapper,
      { type: 'json_schema', json_schema: wrapper },
      { type: 'json_schema', ...wrapper },
      { json_schema: wrapper },
    ]) {
      expect(await judge(schema, fenced)).not.toThrow();
      expect(await judge(schema, '{}')).toThrow('must have required property');
      expect(responseFormat(schema)).toEqual({ type: 'json_schema', json_schema: wrapper });
    }
  });

  it.each([
    ['words', 'Rome', 'The answer of 127.0.0.1 is not JSON'],
    ['words in a code fence', '```json\nRome\n```', 'is not JSON'],
    [
      'an object without a required property',
      '{"name":"Rome"}',
      "it must have required property 'size'",
    ],
    ['an object with a value out of range', '{"name":"Rome","size":0}', '/size must be >= 1'],
    ['an object with more than 3 errors', '{"a":1,"b":2,"c":3}', 'and 2 more'],
  ])('throws schema_mismatch and says why for %s', async (_, content, words) => {
    const judged = await judge(CITY, content);
    expect(judged).toThrow(words);
    expect(judged).toThrow(expect.objectContaining({ kind: 'protocol', code: 'schema_mismatch' }));
  });

  it('says that an answer was cut off at the limit of tokens', async () => {
    const judged = await judge(CITY, '{"name":"Ro', 'length');
    expect(judged).toThrow('is not JSON (it was cut off at the limit of tokens)');
  });
});

describe('a JSON Schema', () => {
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

  it('can require a format', async () => {
    expect(await judge({ format: 'date' }, '"2026-02-30"')).toThrow('must match format "date"');
  });

  it('can hold unknown keywords and formats, which are ignored', async () => {
    expect(await judge({ 'x-order': 1, format: 'colour' }, '1')).not.toThrow();
  });

  it.each([
    ['has an unknown type', { type: 'nonsense' }, 'The schema is not valid'],
    ['is of draft 04', { $schema: 'http://json-schema.org/draft-04/schema#' }, 'dialect'],
    [
      'refers to another document',
      { $ref: 'https://example.com/schema.json' },
      'The schema is not valid',
    ],
  ])('throws a usage error if it %s', async (_, schema, words) => {
    await expect(loadAnswerCheck(schema)).rejects.toThrow(words);
    await expect(loadAnswerCheck(schema)).rejects.toMatchObject({ kind: 'usage' });
  });

  it.each([
    [undefined, 'answer'],
    ['City of Man', 'City_of_Man'],
    ['x'.repeat(100), 'x'.repeat(64)],
  ])('with the title %s is sent under the name %s', (title, name) => {
    const schema = title === undefined ? CITY : { ...CITY, title };
    expect(responseFormat(schema)).toEqual({
      type: 'json_schema',
      json_schema: { name, strict: true, schema },
    });
  });
});
