import { describe, expect, it } from 'vitest';
import { judged } from '../../helpers/lying-models.ts';
import { TEXT_LIES } from './text-lies.cases.ts';
import { LIES as WIRE_LIES } from './wire-lies.cases.ts';
import { ODD } from './wire-odd.cases.ts';

const LIES = [...WIRE_LIES, ...TEXT_LIES];

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
