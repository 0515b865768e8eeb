import { describe, expect, it } from 'vitest';
import { type Expected, judgeAnswer, ownMessages } from '../../../src/core/validation/own-probe.ts';

const PERSON = {
  type: 'object',
  properties: { name: { type: 'string' } },
  required: ['name'],
  additionalProperties: false,
};

describe('the answer to an own question', () => {
  it.each<[string, Expected]>([
    [' Paris\n', { equals: 'Paris' }],
    ['Lutetia', { equals: ['Paris', 'Lutetia'] }],
    ['It is Paris, France.', { contains: 'Paris' }],
    ['It is Paris, France.', { contains: ['Paris', 'France'] }],
    ['yes', { regex: '^(yes|no)$' }],
    ['YES!', { regex: '(?i)^yes' }],
    ['ja\nyes', { regex: '(?im)^Yes$' }],
    ['Größe', { regex: '^\\p{L}+$' }],
    ['{"name":"Mara"}', { schema: PERSON }],
    ['```json\n{"name": "Mara"}\n```', { schema: PERSON }],
    ['17 + 25 = 42', { number: 42 }],
    ['**42**.', { number: 42 }],
    ['about 42km', { number: 42 }],
    ['1,234.5', { number: 1234.5 }],
    ['1,234', { number: 1234 }],
    ['3,14', { number: 3.14 }],
    ['0.30000000000000004', { number: 0.3 }],
    ['−7', { number: -7 }],
    ['6.02e23', { number: 6.02e23 }],
    ['3.1', { number: 3.14, within: 0.05 }],
  ])('%j is what %j expects', async (text, expected) => {
    expect(await judgeAnswer(text, expected)).toBeUndefined();
  });

  it.each<[string, Expected, string]>([
    ['Paris.', { equals: 'Paris' }, 'which is not "Paris"'],
    ['Rome', { equals: ['Paris', 'Lutetia'] }, 'which is not "Paris" or "Lutetia"'],
    ['Paris', { contains: ['Paris', 'France'] }, 'which does not contain "France"'],
    ['paris', { contains: 'Paris' }, 'which does not contain "Paris"'],
    ['maybe', { regex: '^(yes|no)$' }, 'which does not match the regular expression ^(yes|no)$'],
    ['Mara', { schema: PERSON }, 'which is not JSON'],
    [
      '{}',
      { schema: PERSON },
      "which does not conform to the schema: it must have required property 'name'",
    ],
    ['none', { number: 42 }, 'which holds no number; 42 is right'],
    ['v42', { number: 42 }, 'which holds no number; 42 is right'],
    ['420', { number: 42 }, 'whose last number is 420; 42 is right'],
    ['42 or 43', { number: 42 }, 'whose last number is 43; 42 is right'],
    [
      '3.2',
      { number: 3.14, within: 0.05 },
      'whose last number is 3.2; 3.14 (within 0.05) is right',
    ],
  ])('%j is not what %j expects: %s', async (text, expected, reason) => {
    expect(await judgeAnswer(text, expected)).toBe(reason);
  });
});

it('an own question has its system text first and its pictures before its prompt', () => {
  const picture = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA==' } } as const;
  expect(
    ownMessages({
      name: 'disc',
      prompt: 'Which colour?',
      system: 'One word.',
      pictures: [picture],
      expected: { equals: 'red' },
    }),
  ).toEqual([
    { role: 'system', content: 'One word.' },
    { role: 'user', content: [picture, { type: 'text', text: 'Which colour?' }] },
  ]);
});
