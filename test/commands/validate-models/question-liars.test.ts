import { describe, expect, it } from 'vitest';
import { judged, type Lie } from '../../helpers/lying-models.ts';
import { LIES } from './question-lies.cases.ts';
import { ODD } from './question-odd.cases.ts';

type Case = readonly [string, string, Lie];

/** The cases of each probe, with what validate-models finds of their models. */
function byProbe(cases: readonly Case[]) {
  const probes = [...new Set(cases.map(([, finding]) => finding.split('/')[0] ?? ''))];
  return probes.map((probe) => {
    const own = cases.filter(([, finding]) => finding.split('/')[0] === probe);
    const lies = Object.fromEntries(own.map(([name, , lie]) => [name, lie]));
    return {
      probe,
      own,
      ask: () => judged(lies, `--probe=${probe === 'long' ? 'long=1' : probe}`),
    };
  });
}

describe.each(byProbe(LIES))('the probe $probe finds', async ({ own, ask }) => {
  const of = await ask();
  it.each(own)('%s', (name, finding) => {
    expect(of(name).findings).toContain(finding);
    expect(of(name).verdict).toBe('fail');
  });
});

describe.each(byProbe(ODD))('the probe $probe passes', async ({ own, ask }) => {
  const of = await ask();
  it.each(own)('%s', (name) => {
    const { verdict, findings } = of(name);
    expect([verdict, findings.filter((one) => !one.startsWith('dialect/'))]).toEqual(['pass', []]);
  });
});
