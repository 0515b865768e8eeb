import { UsageError } from '../../core/errors.ts';
import { findUserText } from '../../core/files/user-file.ts';
import { prepareToWrite } from '../../core/files/user-output.ts';
import { type Baseline, DEFAULT_SLOWDOWN, parseBaseline } from '../../core/validation/baseline.ts';
import { judge, type JudgedReport, keepJudgements } from '../../core/validation/judge.ts';
import {
  type KnownFailureEntry,
  obsoleteEntries,
  parseKnownFailures,
} from '../../core/validation/known-failures.ts';
import { hasFailed, type ValidationReport } from '../../core/validation/report.ts';
import { oneLine } from '../../reporters/verdict-text.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { ReportFlags } from './flags.ts';
import { readRequiredFile } from './required-file.ts';
import { updateBaseline } from './update-baseline.ts';

/** The criteria of a run: the baseline and the known failures. */
export interface Criteria {
  /** As it was before the run; undefined without one. */
  baseline: Baseline | undefined;
  /**
   * Judges a finished run, and writes the new baseline for --update-baseline. The judgements of a
   * merged report stand if no flag gives others.
   */
  apply(report: ValidationReport | JudgedReport): Promise<JudgedReport>;
}

/**
 * Reads all files before the first request, so that a wrong one costs no tokens.
 * @throws UsageError `no_baseline`, `no_file`, `invalid_file`; StorageError `file_not_read`
 */
export async function loadCriteria(context: Context, flags: ReportFlags): Promise<Criteria> {
  const { clock } = context;
  const path = flags.baseline;
  const update = flags.updateBaseline === true;
  if (path === undefined) refuseWithoutBaseline(flags);
  const slowdown = {
    max_slowdown: flags.maxSlowdown ?? DEFAULT_SLOWDOWN.max_slowdown,
    min_slowdown: flags.minSlowdown ?? DEFAULT_SLOWDOWN.min_slowdown,
  };
  const earlier = path === undefined ? undefined : await readBaseline(context, path, update);
  const known_failures =
    flags.knownFailures === undefined ? [] : await readKnownFailures(context, flags.knownFailures);
  if (path !== undefined && update) await prepareToWrite(path);

  /** After an update the run is compared with its own results, which are thereby accepted. */
  async function renew(report: ValidationReport): Promise<Baseline | undefined> {
    if (path === undefined || !update) return earlier;
    const baseline = await updateBaseline(path, report, context);
    const accepted = report.models.filter(hasFailed).length;
    const what = report.stopped_by === undefined ? 'is the new baseline' : 'holds what was tested';
    notice(context, `${path} ${what}. Failures that it accepts: ${accepted}`);
    return baseline;
  }

  return {
    baseline: earlier,
    async apply(report) {
      const strict = flags.strict === true;
      const stands = path === undefined && flags.knownFailures === undefined;
      if (stands && 'summary' in report) return keepJudgements(report, strict);
      const baseline = await renew(report);
      for (const { model, probe = 'every probe', check = probe, reason } of obsoleteEntries(
        report.models,
        known_failures,
      )) {
        notice(context, `${model} (${check}) passes: remove "${reason}" from the known failures.`);
      }
      const today = new Date(clock.now()).toISOString().slice(0, 10);
      const judged = judge(report, {
        baseline,
        accepted: update,
        slowdown,
        strict,
        known_failures,
        today,
      });
      const fresh = judged.models.filter((model) => model.baseline?.change === 'new');
      if (fresh.length > 0) {
        const names = fresh.map(({ model }) => oneLine(model)).join(', ');
        notice(context, `New, because the baseline does not have them: ${names}`);
      }
      return judged;
    },
  };
}

function refuseWithoutBaseline(flags: ReportFlags): void {
  const given = [
    flags.updateBaseline === true && '--update-baseline',
    flags.maxSlowdown !== undefined && '--max-slowdown',
    flags.minSlowdown !== undefined && '--min-slowdown',
  ];
  const flag = given.find((one) => one !== false);
  if (flag === undefined) return;
  throw new UsageError(`${flag} needs a baseline`, {
    code: 'no_baseline',
    hint: 'Name it with --baseline FILE.',
  });
}

async function readBaseline(
  context: Context,
  path: string,
  update: boolean,
): Promise<Baseline | undefined> {
  const text = update
    ? await findUserText(path, context)
    : await readRequiredFile(path, context, {
        message: `There is no baseline at ${path}`,
        code: 'no_baseline',
        hint: 'Write one with --update-baseline.',
      });
  return text === undefined ? undefined : parseBaseline(text, path);
}

async function readKnownFailures(context: Context, path: string): Promise<KnownFailureEntry[]> {
  const text = await readRequiredFile(path, context, { code: 'no_file' });
  return parseKnownFailures(text, path);
}
