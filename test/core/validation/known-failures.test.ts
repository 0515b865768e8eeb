import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { UsageError } from '../../../src/core/errors.ts';
import {
  type KnownFailureEntry,
  knownFailureOf,
  knownFailuresSchema,
  parseKnownFailures,
  obsoleteEntries,
} from '../../../src/core/validation/known-failures.ts';
import type { CheckVerdict } from '../../../src/core/validation/report.ts';
import { failed, model, passed, probe } from '../../helpers/validation-report.ts';

const TODAY = '2027-01-15';
const entry = (more: Partial<KnownFailureEntry> = {}): KnownFailureEntry => ({
  model: 'a',
  reason: 'Ticket 7',
  until: '2027-02-01',
  ...more,
});

const bad = model('a', [
  probe('chat'),
  probe('json', { verdict: 'fail' }),
  probe('vision', { verdict: 'error' }),
]);

describe('a failure is known', () => {
  it('when an entry has the id of the model or a matching glob', () => {
    expect(knownFailureOf(bad, [entry()], TODAY)).toMatchObject({ reason: 'Ticket 7' });
    expect(knownFailureOf(bad, [entry({ model: '*' })], TODAY)).toBeDefined();
    expect(knownFailureOf(bad, [entry({ model: 'b*' })], TODAY)).toBeUndefined();
  });

  it('only when every failed probe is covered', () => {
    const json = entry({ probe: 'json' });
    const vision = entry({ probe: 'vision' });
    expect(knownFailureOf(bad, [json], TODAY)).toBeUndefined();
    expect(knownFailureOf(bad, [json, vision], TODAY)).toBeDefined();
  });

  it('only when every failed check is covered, where an entry names a check', () => {
    const check = (id: string, verdict: CheckVerdict) => ({
      check: id,
      verdict,
      reason: undefined,
      count: 1,
      passed: 0,
    });
    const checks = [check('tools/id', 'fail'), check('tools/form', 'fail'), check('x/y', 'pass')];
    const tools = model('a', [probe('tools', { verdict: 'fail', checks })]);
    const [id, form] = [entry({ check: 'tools/id' }), entry({ check: 'tools/f*' })];
    expect(knownFailureOf(tools, [id], TODAY)).toBeUndefined();
    expect(knownFailureOf(tools, [id, form], TODAY)).toBeDefined();
    expect(knownFailureOf(tools, [entry({ probe: 'chat', check: '*' })], TODAY)).toBeUndefined();
    // It failed a check, and then sent no answer.
    const broken = model('a', [probe('tools', { verdict: 'error', checks })]);
    expect(knownFailureOf(broken, [id, form], TODAY)).toBeUndefined();
    expect(knownFailureOf(broken, [entry({ probe: 'tools' })], TODAY)).toBeDefined();
    const entries = [id, entry({ check: 'x/y' }), entry({ check: 'not/made' })];
    expect(obsoleteEntries([tools], entries)).toEqual([entries[1]]);
  });

  it('until the first of its probes has no valid entry', () => {
    const entries = [
      entry({ probe: 'json', until: '2027-03-01', reason: 'json, longer' }),
      entry({ probe: 'json', until: '2027-01-01', reason: 'json, over' }),
      entry({ probe: 'vision', until: '2027-04-01', reason: 'vision' }),
    ];
    expect(knownFailureOf(bad, entries, TODAY)).toEqual({
      reason: 'json, longer',
      until: '2027-03-01',
      expired: false,
    });
  });

  it('for a broken limit too, but not by an entry for a probe that passed', () => {
    const slow = model('a', [probe('chat')], { verdict: 'fail', reason: 'Took 2 s' });
    expect(knownFailureOf(slow, [entry()], TODAY)).toBeDefined();
    expect(knownFailureOf(slow, [entry({ probe: 'chat' })], TODAY)).toBeUndefined();
  });
});

it('an entry is obsolete when everything it covers was tested and passed', () => {
  const models = [model('a', [probe('chat'), probe('json')]), failed('b', 'fail', 'No')];
  const entries = [
    entry({ reason: 'passes' }),
    entry({ probe: 'json', reason: 'passes too' }),
    entry({ probe: 'tools', reason: 'not asked' }),
    entry({ model: 'b', reason: 'fails' }),
    entry({ model: '*', reason: 'one of them fails' }),
    entry({ model: 'c', reason: 'not there' }),
  ];
  expect(obsoleteEntries(models, entries).map(({ reason }) => reason)).toEqual([
    'passes',
    'passes too',
  ]);
  expect(obsoleteEntries([passed('a')], [])).toEqual([]);
});

describe('a list of known failures', () => {
  const parse = (list: unknown) => parseKnownFailures(JSON.stringify(list), 'k.json');

  it('a list of known failures is read with all fields', () => {
    expect(parse({ $schema: 'x', known_failures: [entry(), entry({ probe: 'json' })] })).toEqual([
      entry(),
      entry({ probe: 'json' }),
    ]);
  });

  it.each([
    [{}, 'k.json is not a list of known failures: known_failures: is missing; it must be an array'],
    [
      { known_failures: [{ model: 'a', until: '2027-01-01' }] },
      '[0].reason: is missing; it must be a string',
    ],
    [{ known_failures: [entry({ until: '1.2.2027' })] }, '[0].until: must be a date such as'],
    [{ known_failures: [entry({ until: '2027-02-30' })] }, '[0].until: must be a date such as'],
    [{ known_failures: [entry({ reason: '' })] }, '[0].reason: must not be empty'],
    [{ known_failures: [{ ...entry(), untill: '' }] }, '[0]: unknown field untill'],
    [
      { known_failures: [{ ...entry(), probe: 'jason' }] },
      '[0].probe: must be one of chat, stream',
    ],
  ])('a list of known failures must not be %j', (list, message) => {
    expect(() => parse(list)).toThrow(UsageError);
    expect(() => parse(list)).toThrow(message);
  });

  it('the published schema describes a list of known failures', () => {
    const path = new URL('../../../schemas/known-failures.schema.json', import.meta.url);
    const words = new Set(['title', 'description', '$id', 'pattern']);
    const bare = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(bare);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).filter(([key]) => !words.has(key));
      return Object.fromEntries(entries.map(([key, each]) => [key, bare(each)]));
    };
    const published = JSON.parse(readFileSync(path, 'utf8'));
    expect(bare(published)).toEqual(bare(z.toJSONSchema(knownFailuresSchema)));
  });
});
