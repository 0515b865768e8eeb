import { expect, it } from 'vitest';
import { PROBE_NAMES, type ValidationReport } from '../../../src/core/validation/report.ts';
import { startSandbox } from '../../../src/sandbox/server.ts';
import { commandLine } from '../../helpers/command-line.ts';
import { temporaryFolder } from '../../helpers/real-world.ts';

const run = async (...args: string[]) => {
  await using sandbox = await startSandbox();
  await using home = await temporaryFolder();
  const env = { ...sandbox.environment('key'), QWEN_DEMO_HOME: home.path };
  const { run, stdout } = commandLine({ env });
  const error = await run('validate-models', '--json', ...args);
  const report = JSON.parse(stdout()) as ValidationReport;
  const verdicts = report.models.map(({ model, probes }) => [
    model,
    probes.map(({ verdict }) => verdict).join(' '),
  ]);
  return { error, report, matrix: Object.fromEntries(verdicts) as Record<string, string> };
};

/** Those of chat models without questions of the user's own, and without mistakes. */
const CHAT_PROBES = PROBE_NAMES.filter((name) => !/^(embeddings|own|errors)$/.test(name));

it('the sandbox passes every claim of the catalogue', async () => {
  const { error, report, matrix } = await run(
    ...['coder-model', 'vision-model', 'qwen-vl-*', 'qwen3-coder-*'].flatMap((id) => ['-m', id]),
    '--probe',
    CHAT_PROBES.join().replace('long', 'long=4'),
  );
  expect(error).toBeUndefined();
  expect(report.probes).toEqual(CHAT_PROBES);
  const coder = 'pass pass pass pass pass not_claimed not_claimed pass pass pass';
  const absent =
    'unavailable skipped skipped not_claimed not_claimed skipped not_claimed skipped skipped skipped';
  expect(matrix).toEqual({
    'qwen3-coder-plus': coder,
    'qwen3-coder-flash': coder,
    'coder-model': 'pass pass pass pass pass not_claimed pass pass pass pass',
    'vision-model': 'pass pass pass not_claimed not_claimed pass not_claimed pass pass pass',
    'qwen-vl-max-latest': absent,
    'qwen-vl-plus': absent,
  });
});

it('validate-models runs every claimed probe but long without --probe', async () => {
  const { report } = await run('-m', 'qwen3-coder-plus', '-m', 'vision-model');
  expect(report.probes).toEqual(CHAT_PROBES.filter((name) => !/long|reasoning/.test(name)));
});
