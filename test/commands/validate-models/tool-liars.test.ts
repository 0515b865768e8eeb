import { describe, expect, it } from 'vitest';
import { judged, judgedShort } from '../../helpers/lying-models.ts';
import { TOOL_LIES } from './call-lies.cases.ts';
import { FULL_LIES } from './tool-lies.cases.ts';
import { TOOL_ODD } from './tool-odd.cases.ts';

describe('one request of the probe tools finds', async () => {
  const of = await judgedShort(
    Object.fromEntries(TOOL_LIES.map(([name, , lie]) => [name, lie])),
    'tools',
  );
  it.each(TOOL_LIES)('%s', (name, finding) => {
    expect(of(name).findings).toContain(finding);
  });
});

describe('the whole probe tools finds', async () => {
  const lies = Object.fromEntries(FULL_LIES.map(([name, , lie]) => [name, lie]));
  const of = await judged(lies, '--probe', 'tools');
  it.each(FULL_LIES)('%s', (name, finding) => {
    expect(of(name).findings).toContain(finding);
  });
});

describe('the probe tools passes an honest model with', async () => {
  const of = await judged(TOOL_ODD, '--probe', 'tools');
  it.each(Object.keys(TOOL_ODD))('%s', (name) => {
    expect(of(name)).toEqual({ verdict: 'pass', reason: null, findings: [] });
  });
});
