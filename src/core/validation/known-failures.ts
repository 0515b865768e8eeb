import * as z from 'zod/mini';
import { globMatches } from './select-models.ts';
import { parseJsonFile } from '../json-file.ts';
import { hasFailed, PROBE_NAMES, type ModelReport } from './report.ts';

const entrySchema = z.strictObject({
  /** A model id, or several with `*` and `?`. */
  model: z.string().check(z.minLength(1)),
  /** Undefined: any probe. */
  probe: z.optional(z.enum(PROBE_NAMES)),
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
  { model, probes }: ModelReport,
  entries: readonly KnownFailureEntry[],
  today: string,
  fails = hasFailed,
): KnownFailure | undefined {
  const about = entries.filter((entry) => globMatches(entry.model, model));
  const failed = probes.filter(fails).map(({ probe }) => probe);
  // A limit can fail a model although all its probes pass.
  const subjects = failed.length === 0 ? [undefined] : failed;
  const covering = subjects.map((probe) =>
    latest(about.filter((entry) => entry.probe === undefined || entry.probe === probe)),
  );
  if (!covering.every((entry) => entry !== undefined)) return undefined;
  const [first] = covering.toSorted((a, b) => compareDays(a.until, b.until));
  return first && { reason: first.reason, until: first.until, expired: today > first.until };
}

/** Entries that excuse nothing any more: everything they cover was tested and passed. */
export function obsoleteEntries(
  models: readonly ModelReport[],
  entries: readonly KnownFailureEntry[],
): KnownFailureEntry[] {
  return entries.filter((entry) => {
    const verdicts = models
      .filter(({ model }) => globMatches(entry.model, model))
      .flatMap(({ verdict, probes }) =>
        entry.probe === undefined
          ? [verdict]
          : probes.filter(({ probe }) => probe === entry.probe).map((probe) => probe.verdict),
      );
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
