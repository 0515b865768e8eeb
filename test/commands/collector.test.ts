import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { createCollector } from '../../src/commands/collector.ts';

const MIB = 1024 * 1024;
const { NODE_PERFORMANCE_GC_MINOR: minor, NODE_PERFORMANCE_GC_MAJOR: major } = constants;
const forced = constants.NODE_PERFORMANCE_GC_FLAGS_FORCED;

/** The kinds of the collections that were asked for since. */
let kinds: unknown[] = [];
const observer = new PerformanceObserver((list) => {
  const entries = list.getEntries() as unknown as { detail: { kind: number; flags: number } }[];
  for (const { kind, flags } of entries.map(({ detail }) => detail)) {
    if (flags === forced) kinds.push(kind);
  }
});
observer.observe({ entryTypes: ['gc'] });
afterEach(() => (kinds = []));

/** Long enough for the modules to load, and for the observer to be told. */
async function told() {
  for (let turn = 0; turn < 20; turn += 1) await nextTurn();
}

test('the first MiB of a stream, and then each 256 KiB, collects what is young', async () => {
  const collector = createCollector();
  for (let piece = 0; piece < 16; piece += 1) collector.afterPiece(MIB / 16);
  await told();
  expect(kinds).toEqual([]);
  for (let piece = 0; piece < 8; piece += 1) collector.afterPiece(MIB / 16);
  await told();
  expect(kinds).toEqual([minor, minor]);
});

test('a large answer collects everything, and its pieces nothing more', async () => {
  const collector = createCollector();
  collector.afterLarge();
  await told();
  collector.afterLarge();
  collector.afterPiece(4 * MIB);
  await told();
  expect(kinds).toEqual([major]);
});

test('after the next question only what is young is collected again', async () => {
  const collector = createCollector();
  collector.afterLarge();
  await told();
  collector.begin();
  await told();
  collector.afterPiece(MIB);
  await told();
  expect(kinds).toEqual([minor]);
});
