import * as z from 'zod/mini';
import { globMatches } from './select-models.ts';
import { parseJsonFile } from '../json-file.ts';
import { hasFailed, PROBE_NAMES, type ModelReport, type ProbeName } from './report.ts';

const entrySchema = z.strictObject({
  /** A model id, or several with `*` and `?`. */
  model: z.string().check(z.minLength(1)),
  /** Undefined: any probe. */
  probe: z.optional(z.enum(PROBE_NAMES)),
  /** The id of a check, or several with `*` and `?`. Undefined: all that fails. */
  check: z.optional(z.string().check(z.minLength(1))),
  reason: z.string().check(z.minLength(1)),
  /** The last day on which the failure is excused, in UTC. */
  until: z.iso.date(),
});

/** The file of --known-failures. Strict, because a person writes it: a typo must not go unnoticed. */
export const knownFailuresSchema = z.strictObject({
  $schema: z.optional(z.string()),
  known_failures: z.array(entrySchema),
});

/** One entry of the file of --known-failures. */
export type KnownFailureEntry = z.infer<typeof entrySchema>;

/** The entry that excuses a failure of a model, as the report shows it. */
export interface KnownFailure {
  reason: string;
  /** The last day on which the failure is excused, `YYYY-MM-DD` in UTC. */
  until: string;
  /** True after that day: the failure counts again. */
  expired: boolean;
}

/** @throws UsageError `invalid_file` when the text is not such a file; `path` is for the message */
export function parseKnownFailures(text: string, path: string): KnownFailureEntry[] {
  return parseJsonFile(knownFailuresSchema, text, path, 'a list of known failures').known_failures;
}

/**
 * The known failure that covers everything that fails in a model; of several, the one that ends first.
 * Undefined when one failure is not known.
 * @param today in UTC, `YYYY-MM-DD`
 * @param fails whether a verdict is a failure
 */
export function knownFailureOf(
  model: ModelReport,
  entries: readonly KnownFailureEntry[],
  today: string,
  fails = hasFailed,
): KnownFailure | undefined {
  const about = entries.filter((entry) => globMatches(entry.model, model.model));
  const covering = subjectsOf(model, fails).map((subject) =>
    latest(about.filter((entry) => covers(entry, subject))),
  );
  if (!covering.every((entry) => entry !== undefined)) return undefined;
  const [first] = covering.toSorted((a, b) => compareDays(a.until, b.until));
  return first && { reason: first.reason, until: first.until, expired: today > first.until };
}

/** What fails: a check, a probe without an answer, or the model as a whole by a limit. */
interface Subject {
  probe?: ProbeName;
  check?: string;
}

function subjectsOf({ probes }: ModelReport, fails: typeof hasFailed): Subject[] {
  const failed = probes.filter(fails).flatMap(({ probe, verdict, demanded, checks }) => {
    const bad = checks.filter((one) => fails({ verdict: one.verdict, demanded }));
    const named = bad.map(({ check }) => ({ probe, check }));
    return bad.some((one) => one.verdict === verdict) ? named : [...named, { probe }];
  });
  // A limit can fail a model although all its probes pass.
  return failed.length === 0 ? [{}] : failed;
}

function covers(entry: KnownFailureEntry, { probe, check }: Subject): boolean {
  if (entry.probe !== undefined && entry.probe !== probe) return false;
  return entry.check === undefined || (check !== undefined && globMatches(entry.check, check));
}

/** Entries that excuse nothing any more: everything they cover was tested and passed. */
export function obsoleteEntries(
  models: readonly ModelReport[],
  entries: readonly KnownFailureEntry[],
): KnownFailureEntry[] {
  return entries.filter((entry) => {
    const { probe, check } = entry;
    const about = models.filter(({ model }) => globMatches(entry.model, model));
    const probes = about.flatMap((one) =>
      one.probes.filter((each) => probe === undefined || each.probe === probe),
    );
    const results =
      check !== undefined
        ? probes.flatMap(({ checks }) => checks.filter((one) => globMatches(check, one.check)))
        : probe === undefined
          ? about
          : probes;
    const verdicts = results.map(({ verdict }) => verdict);
    return verdicts.length > 0 && verdicts.every((verdict) => verdict === 'pass');
  });
}

function latest(entries: KnownFailureEntry[]): KnownFailureEntry | undefined {
  return entries.toSorted((a, b) => compareDays(b.until, a.until))[0];
}

/** ISO 8601 dates sort as text. */
function compareDays(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
