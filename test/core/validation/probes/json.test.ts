import { Ajv } from 'ajv';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ApiError } from '../../../../src/core/errors.ts';
import { jsonProbe } from '../../../../src/core/validation/probes/json.ts';
import { type Asked, judgeProbe, verdict } from '../../../helpers/judged-probe.ts';

const GOOD = { full_name: 'Mara', age: 34, home_city: 'Lisbon' };

interface Format {
  type: string;
  json_schema?: { schema: object };
}

const formatOf = (request: Asked | undefined) => request?.parameters?.response_format as Format;

it('the json probe passes a correct answer that conforms to the schema', async () => {
  expect(await verdict(jsonProbe, JSON.stringify(GOOD))).toBe('pass');
  expect(await verdict(jsonProbe, `<think>{}</think>\n${JSON.stringify(GOOD, null, 2)}\n`)).toBe(
    'pass',
  );
});

it.each([
  ['Mara is 34 years old.', /which is not JSON$/],
  [`\`\`\`json\n${JSON.stringify(GOOD)}\n\`\`\``, /which is not JSON$/],
  [JSON.stringify({ ...GOOD, age: '34' }), /which does not conform to the schema$/],
  [JSON.stringify({ name: 'Mara', age: 34, city: 'Lisbon' }), /does not conform/],
  [JSON.stringify({ ...GOOD, more: 1 }), /does not conform/],
  [JSON.stringify([GOOD]), /does not conform/],
  ['null', /does not conform/],
  [JSON.stringify({ ...GOOD, age: 35 }), /instead of \{"full_name":"Mara"/],
])('the json probe fails %s', async (content, reason) => {
  expect(await verdict(jsonProbe, content)).toMatch(reason);
});

it('the json probe agrees with an independent validator of JSON Schema', async () => {
  const { asked } = await judgeProbe(jsonProbe, '{}');
  const conforms = new Ajv().compile(formatOf(asked[0]).json_schema?.schema ?? {});
  const field = <T>(value: fc.Arbitrary<T>) => fc.oneof(value, fc.jsonValue());
  const people = fc.record(
    {
      full_name: field(fc.string()),
      age: field(fc.integer()),
      home_city: field(fc.string()),
      more: fc.jsonValue(),
    },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(people, async (person) => {
      const reason = await verdict(jsonProbe, JSON.stringify(person));
      const plain = JSON.parse(JSON.stringify(person)) as unknown;
      expect(reason.includes('does not conform')).toBe(!conforms(plain));
    }),
  );
});

it('the json probe falls back to json_object when the server refuses json_schema', async () => {
  const refused = new ApiError('Unknown response_format', { code: 'bad_request', status: 400 });
  const { asked, finding } = await judgeProbe(jsonProbe, (question) =>
    formatOf(question).type === 'json_schema' ? refused : JSON.stringify(GOOD),
  );
  expect(finding.verdict).toBe('pass');
  expect(asked.map((request) => formatOf(request).type)).toEqual(['json_schema', 'json_object']);
  expect(asked[1]?.messages[0]?.content).toMatch(/JSON.*"home_city"/s);
});
