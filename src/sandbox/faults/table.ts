import { ANSWERS } from './answer.ts';
import { BODIES } from './bodies.ts';
import { CONNECTION } from './connection.ts';
import type { Fault } from './fault.ts';
import { OAUTH } from './oauth.ts';
import { REFUSALS } from './refusals.ts';
import { STREAM } from './stream.ts';

/** The faults under the titles of their list. */
export const FAULT_GROUPS: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  'The connection and HTTP': CONNECTION,
  Refusals: REFUSALS,
  'Bodies and JSON': BODIES,
  'Event streams': STREAM,
  'Logins and tokens': OAUTH,
  Models: ANSWERS,
};

/** All faults by name, each observed at a real service or allowed by a protocol. All are deterministic. */
export const FAULTS: ReadonlyMap<string, Fault> = new Map(
  Object.values(FAULT_GROUPS).flatMap((group) => Object.entries(group)),
);
