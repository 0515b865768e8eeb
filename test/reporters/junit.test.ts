import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { validationJunit } from '../../src/reporters/junit.ts';
import { failed, judged, model, passed, probe, variety } from '../helpers/validation-report.ts';

const XMLLINT = '/usr/bin/xmllint';
/** A developer's machine may be without it, a CI not. */
const withoutXmllint = !existsSync(XMLLINT) && !process.env.CI;
const schema = fileURLToPath(new URL('junit.xsd', import.meta.url));

/** Throws what libxml2 objects to. */
function validate(xml: string): void {
  execFileSync(XMLLINT, ['--noout', '--schema', schema, '-'], { input: xml, stdio: 'pipe' });
}

const parser = new XMLParser({
  ignoreAttributes: false,
  attributeNamePrefix: '',
  isArray: (name) => name === 'testsuite' || name === 'testcase',
});

interface Problem {
  message: string;
  type: string;
}

type Case = Record<'failure' | 'error' | 'skipped' | 'flakyFailure', Problem> & { name: string };

interface Suite extends Record<string, unknown> {
  testcase: Case[];
}

function suites(xml: string): Suite[] {
  return (parser.parse(xml) as { testsuites: { testsuite: Suite[] } }).testsuites.testsuite;
}

describe('the JUnit report', () => {
  it.skipIf(withoutXmllint)('conforms to the schemas that are in use', () => {
    expect(() => validate(validationJunit(variety()))).not.toThrow();
    expect(() => validate(validationJunit(judged([])))).not.toThrow();
  });

  it('has one suite for each model and one case for each probe', () => {
    const [first, liar] = suites(validationJunit(variety()));
    expect(first).toMatchObject({
      name: 'qwen3-coder-plus',
      tests: '3',
      failures: '0',
      errors: '0',
      skipped: '1',
      timestamp: '2027-01-15T08:00:00',
      time: '2.052',
    });
    expect(first?.testcase.map(({ name }) => name)).toEqual(['chat', 'json', 'vision']);
    expect(first?.['system-out']).toBe('json: pass (flaky)');
    expect(liar).toMatchObject({ tests: '3', failures: '1', errors: '1', skipped: '0' });
    expect(liar?.testcase[1]?.failure).toMatchObject({ type: 'fail' });
    expect(liar?.testcase[2]?.error.message).toBe('error: image input is not supported');
  });

  it('skips a failure that does not count and says why', () => {
    const report = judged([failed('b', 'denied', 'Not for you', false)]);
    const [suite] = suites(validationJunit(report));
    expect(suite).toMatchObject({ failures: '0', errors: '0', skipped: '1' });
    const said = 'optional; denied: Not for you';
    // Jenkins reads the attribute, GitLab the text.
    expect(suite?.testcase[0]?.skipped).toEqual({ message: said, '#text': said });
  });

  it('has a flaky result as Maven writes it: a case that passed, with the failed attempt in it', () => {
    const uneven = probe('chat', { flaky: true, attempts: 2, reason: 'Answered "41"' });
    const [suite] = suites(validationJunit(judged([model('a', [uneven])])));
    expect(suite).toMatchObject({ failures: '0', errors: '0' });
    expect(suite?.testcase[0]?.flakyFailure).toEqual({
      message: 'pass (flaky): Answered "41"',
      type: 'flaky',
      stackTrace: 'pass (flaky): Answered "41"',
    });
    expect(suite?.testcase[0]?.failure).toBeUndefined();
  });

  it('has an additional case for a model that fails although every probe passed', () => {
    const snail = suites(validationJunit(variety())).find(({ name }) => name === 'snail');
    expect(snail).toMatchObject({ tests: '4', failures: '1' });
    expect(snail?.testcase.at(-1)).toMatchObject({
      name: 'baseline',
      failure: { message: 'chat took 9100 ms (median of 3), before: 900 ms' },
    });
    const slow = model('slow', [probe('chat')], { verdict: 'fail', reason: 'Took 2 s' });
    const [suite] = suites(validationJunit(judged([slow])));
    expect(suite?.testcase.at(-1)).toMatchObject({
      name: 'limits',
      failure: { message: 'Took 2 s' },
    });
    const late = judged([failed('late', 'skipped', 'Too late')], {}, { stopped_by: 'deadline' });
    const [unasked] = suites(validationJunit(late));
    expect(unasked?.testcase.at(-1)).toMatchObject({
      name: 'complete',
      failure: { message: 'Too late' },
    });
  });

  it('is well-formed XML for any name of a model and any message of a server', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (name, words) => {
        const xml = validationJunit(judged([failed(name, 'error', words), passed('last')]));
        expect(XMLValidator.validate(xml)).toBe(true);
        expect(suites(xml)).toHaveLength(2);
      }),
    );
  });

  it.skipIf(withoutXmllint)('contains no character that XML forbids', () => {
    const words = 'a\u0000\u0008\u001b[31m\ufffe\uffff\ud800 ]]> <&"\' \u202e end';
    expect(() => validate(validationJunit(judged([failed('b', 'fail', words)])))).not.toThrow();
  });
});
