import { UsageError, ValidationError } from '../../core/errors.ts';
import { fileIdentity } from '../../core/files/user-file.ts';
import type { Baseline } from '../../core/validation/baseline.ts';
import type { JudgedReport } from '../../core/validation/judge.ts';
import { mergeReports, missingShards, parseReport } from '../../core/validation/merge.ts';
import { missingModels, withMissing } from '../../core/validation/missing.ts';
import type { Context } from '../context.ts';
import { absolutePath } from '../paths.ts';
import { failureOf } from './failure.ts';
import type { ReportFlags } from './flags.ts';
import { createReports } from './publish.ts';
import { readRequiredFile } from './required-file.ts';

/** Bytes: a report of 1,000 models with all probes has 25 MB. */
const REPORT_CAP = 512 * 2 ** 20;

/**
 * Makes one report of several JSON reports, and writes it like that of a run.
 * @throws UsageError for a flag or a file; StorageError for a report that cannot be read or written;
 *   ValidationError `models_failed` as after a run, `shard_missing`
 */
export async function runMerge(
  context: Context,
  paths: readonly string[],
  flags: ReportFlags,
): Promise<void> {
  await refuseTwice(paths);
  const inputs = paths.map((path) => ({ by: 'merge', path }));
  const reports = await createReports(context, flags, inputs);
  const runs = await Promise.all(
    paths.map(async (path) => {
      const text = await readRequiredFile(
        path,
        { ...context, cap: REPORT_CAP },
        { code: 'no_file' },
      );
      return parseReport(text, path, (date) => context.clock.parseDate(date));
    }),
  );
  const merged = mergeReports(runs);
  const shards = missingShards(runs);
  const gone = shards.length === 0 ? goneModels(merged, reports.baseline) : [];
  const judged = await reports.publish(withMissing(merged, gone));
  const failure = failureOf(judged, flags);
  if (failure) throw failure;
  if (shards.length > 0) {
    throw new ValidationError(`These shards are in none of the reports: ${shards.join(', ')}`, {
      code: 'shard_missing',
      hint: 'Their models were not tested. Run them, and merge all reports.',
    });
  }
}

/** Reports of runs of all listed models say which models of the baseline are not listed any more. */
function goneModels({ models, live }: JudgedReport, baseline: Baseline | undefined) {
  if (baseline === undefined || !live) return [];
  const listed = new Set(models.map(({ model }) => model));
  return missingModels(baseline, { models, listed, covers: () => true });
}

/** @throws UsageError `report_twice` */
async function refuseTwice(paths: readonly string[]): Promise<void> {
  const places = await Promise.all(paths.map((path) => fileIdentity(absolutePath(path))));
  const twice = paths.find((_, at) => places[at] !== undefined && places.indexOf(places[at]) < at);
  if (twice === undefined) return;
  throw new UsageError(`${twice} is named twice`, { code: 'report_twice' });
}
