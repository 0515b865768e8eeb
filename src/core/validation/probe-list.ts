import { DEFAULT_LONG, type ProbeList } from './claims.ts';
import { PROBE_NAMES, type ProbeName } from './report.ts';

/** `long=32` asks for a text of 32 thousand tokens. */
const LONG_PATTERN = /^long=([1-9]\d{0,2}|1000)$/;

/** Undefined when one of them is no probe. */
export function parseProbes(texts: readonly string[]): ProbeList | undefined {
  const names: ProbeName[] = [];
  let long_tokens = DEFAULT_LONG;
  for (const text of texts) {
    const [, thousands] = LONG_PATTERN.exec(text) ?? [];
    if (thousands !== undefined) long_tokens = Number(thousands) * 1000;
    const name = thousands === undefined ? PROBE_NAMES.find((known) => known === text) : 'long';
    if (name === undefined) return undefined;
    names.push(name);
  }
  return { names, long_tokens };
}
