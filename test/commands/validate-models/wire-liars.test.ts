import { describe, expect, it } from 'vitest';
import { judged } from '../../helpers/lying-models.ts';
import { LIES } from './wire-lies.cases.ts';
import { ODD } from './wire-odd.cases.ts';

describe('validate-models finds in any answer', async () => {
  const of = await judged(
    Object.fromEntries(LIES.map(([name, , lie]) => [name, lie])),
    '--probe',
    'chat',
  );
  it.each(LIES)('%s', (name, finding) => {
    expect(of(name).findings).toContain(finding);
  });
});

describe('validate-models passes an honest model with', async () => {
  const of = await judged(ODD, '--probe', 'chat');
  it.each(Object.keys(ODD))('%s', (name) => {
    expect(of(name)).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });
});
