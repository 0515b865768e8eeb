import { says } from '../../helpers/lies.ts';
import type { Lie } from '../../helpers/lying-models.ts';

const SPANISH: Readonly<Record<string, string>> = {
  red: 'rojo',
  green: 'verde',
  blue: 'azul',
  yellow: 'amarillo',
  circle: 'círculo',
  square: 'cuadrado',
  triangle: 'triángulo',
  cross: 'cruz',
};

/** Odd but right: what it is called, its probe, and the model. */
export const ODD: readonly [string, string, Lie][] = [
  ['bold', 'chat', says((right) => `**${right}**`)],
  ['a sentence', 'chat', says((right) => `The answer is ${right}.`)],
  ['no word', 'chat', says((right) => right.split(' ')[0] ?? '')],
  ['a formula', 'chat', says((right) => right.replace(/(\d+) (\w+)/, '$\\boxed{$1}$ $2'))],
  ['decimals', 'chat', says((right) => right.replace(/\d+/, '$&.00'))],
  ['thousands', 'chat', says((right) => right.replace(/^(\d)(\d{3})\b/, '$1,$2'))],
  [
    'Arabic digits',
    'chat',
    says((right) =>
      right.replaceAll(/\d/g, (digit) => String.fromCodePoint(0x660 + Number(digit))),
    ),
  ],
  ['Chinese', 'chat', says((right) => `答案是${right}。`)],
  ['lines', 'stream', says((right) => right.replaceAll(', ', '\n'))],
  ['no spaces', 'stream', says((right) => right.replaceAll(' ', ''))],
  ['capitals', 'system', says((right) => `${right.toUpperCase()}.\n`)],
  ['quotes', 'system', says((right) => `"${right}"`)],
  ['indented', 'json', says((right) => `${JSON.stringify(JSON.parse(right), null, 4)}\n`)],
  [
    'a key more in an object',
    'json',
    says((right) => (right.includes('buyer') ? right : right.replace('{', '{"order":"x",'))),
  ],
  [
    'escapes',
    'json',
    says((right) =>
      right.replaceAll(/[^ -~]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`),
    ),
  ],
  [
    'only json_object',
    'json',
    {
      refuses: ({ response_format }) =>
        response_format?.type === 'json_schema'
          ? 'response_format json_schema is not supported'
          : undefined,
    },
  ],
  [
    'only json_schema',
    'json',
    {
      refuses: ({ response_format }) =>
        response_format?.type === 'json_object'
          ? "'response_format.type' must be 'json_schema'"
          : undefined,
    },
  ],
  [
    'a picture in a sentence',
    'vision',
    says((right) =>
      right.replace(/(\w+) (\w+) (\w+)/, 'I see a $1 $2 with the number $3 below it.'),
    ),
  ],
  ['a picture as a list', 'vision', says((right) => right.replaceAll(' ', '\n- '))],
  [
    'Spanish',
    'vision',
    says((right) => right.replaceAll(/[a-z]+/g, (word) => SPANISH[word] ?? word)),
  ],
  [
    'a rectangle',
    'vision',
    says((right) => right.replace('square', 'rectangle').replace('circle', 'disc')),
  ],
  ['codes in a table', 'long', says((right) => right.replaceAll(/\w+-\d+/g, '| **$&** |'))],
  ['no space at the end', 'stop', says((right) => right.replace(/, $/, ''))],
];
