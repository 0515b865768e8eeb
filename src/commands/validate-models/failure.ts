import { QuotaError, ValidationError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import type { JudgedModel, JudgedReport } from '../../core/validation/judge.ts';
import type { StopCause } from '../../core/validation/report.ts';
import { isSlower, oneLine, verdictText } from '../../reporters/verdict-text.ts';
import type { ReportFlags } from './flags.ts';

/** Why some models were not tested. */
const STOPPED: Record<StopCause, string | undefined> = {
  signal: undefined,
  deadline: 'The time of --deadline was over before every model was tested.',
  tokens: 'The tokens of --max-tokens-spent are too few for the remaining requests.',
  fail_fast: '--fail-fast ended the run at the first required model that failed.',
  error: undefined,
};

/**
 * The error of a run in which a required model did not pass, or in which a quota was the only answer
 * to every model. A model that was not tested counts like one that failed.
 */
export function failureOf(
  { models, summary, stopped_by, error }: JudgedReport,
  { strict = false }: ReportFlags,
): ValidationError | QuotaError | undefined {
  if (error !== undefined && models.some(({ outcome }) => outcome === 'failed')) {
    const { message, code, hint } = error;
    return new QuotaError(message, { code, hint, permanent: true });
  }
  const { required_failed, required_skipped } = summary;
  if (required_failed + required_skipped === 0) return undefined;
  const required = models.filter((result) => result.required);
  const failed = required.filter(
    ({ outcome, verdict }) => outcome === 'failed' || verdict === 'skipped',
  );
  // An id may contain line breaks, and a CI runner obeys commands at the start of a line.
  const names = failed
    .map((model) => `${oneLine(model.model)} (${whyNot(model, strict)})`)
    .join(', ');
  const absent = failed.find(({ verdict }) => verdict === 'unavailable');
  const choice = absent && ({ given: absent.model, among: 'models' } as const);
  const hint = absent
    ? 'List the available models: qwen-demo list-models'
    : STOPPED[stopped_by ?? 'signal'];
  return new ValidationError(
    `${failed.length} of ${required.length} required models did not pass: ${names}`,
    { code: 'models_failed', ...given({ hint, choice }) },
  );
}

/** In a few words why a model fails the run. */
function whyNot(model: JudgedModel, strict: boolean): string {
  if (strict && model.verdict === 'warn') return 'warn with --strict';
  return isSlower(model) ? 'slower than in the baseline' : verdictText(model);
}
