import fc from 'fast-check';
import { expect, it } from 'vitest';
import { validationHtml } from '../../../src/reporters/html/page.ts';
import { PROBE_NAMES } from '../../../src/core/validation/report.ts';
import { html } from '../../../src/reporters/html/elements.ts';
import { failed, judged, model, probe } from '../../helpers/validation-report.ts';

it('html`` escapes text for elements and for quoted attributes', () => {
  const text = `<b a="1" c='2'>&amp;`;
  expect(html`<i title="${text}">${text}</i>`.markup).toBe(
    '<i title="&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;">' +
      '&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;</i>',
  );
});

it('html`` does not escape markup and numbers, and drops undefined values', () => {
  const items = [html`<li>${1}</li>`, html`<li>${2.5}</li>`];
  expect(html`${items}${undefined}${false}`.markup).toBe('<li>1</li>\n<li>2.5</li>');
});

it('html`` drops the indentation of a template, and keeps white space in its parts', () => {
  const text = html`<p>
    <b>${'a\n  b'}</b>
    <i>c</i>
  </p>`;
  expect(text.markup).toBe('<p> <b>a\n  b</b> <i>c</i> </p>');
});

it('html`` removes control characters and shows direction marks', () => {
  expect(html`${'a\u001b[31mb\u202ec'}`.markup).toBe('ab\\u{202e}c');
});

it('the number of elements of the page does not depend on names and messages', () => {
  const tags = (text: string) => (text.match(/<[a-z!/]/g) ?? []).length;
  const page = (name: string, words: string) =>
    tags(validationHtml(judged([failed(name, 'fail', words)])));
  const plain = page('name', 'words');
  const hostile = fc.array(
    fc.constantFrom('<', '>', '"', "'", '&', '/', '=', ' ', 'script', 'style', '-->', 'x'),
  );
  fc.assert(
    fc.property(hostile, hostile, (name, words) => {
      expect(page(`n${name.join('')}`, `w${words.join('')}`)).toBe(plain);
    }),
  );
});

const BAD = Array.from({ length: 9 }, (_, index) => ({
  check: `tools/check-${index}`,
  verdict: 'fail' as const,
  reason: 'Wrong '.repeat(20),
  count: 2,
  passed: 1,
}));

it.each([
  ['few words', 'Wrong', [], /^(?!.*To stay below)/s],
  ['long words', 'Wrong '.repeat(500), [], /To stay below 2 MB/],
  [
    'many checks that fail',
    'Wrong',
    BAD,
    /To stay below 2 MB.* of the findings of a probe are shown/s,
  ],
])('the page of 1,000 models with every probe is below 2 MB with %s', (_, reason, checks, says) => {
  const models = Array.from({ length: 1000 }, (_, index) =>
    model(
      `vendor/family-${index}-instruct`,
      PROBE_NAMES.map((name, at) =>
        probe(
          name,
          at % 3 === index % 3 ? { verdict: 'fail', reason, checks } : { tokens_per_second: 40 },
        ),
      ),
    ),
  );
  const text = validationHtml(judged(models));
  expect(Buffer.byteLength(text)).toBeLessThan(2_000_000);
  expect(text).toMatch(says);
  expect(text.match(/<tr /g)).toHaveLength(1000);
  expect(text.match(/<details /g)).toHaveLength(1000);
});
