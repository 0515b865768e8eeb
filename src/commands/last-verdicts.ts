import * as z from 'zod/mini';
import { QwenDemoError } from '../core/errors.ts';
import { readOwnFile } from '../core/files/own-file.ts';
import { replaceOwnFile } from '../core/files/replacement.ts';
import { SETTING_HOME, type FileRef } from '../core/files/storage-error.ts';
import type { OwnFiles } from '../core/settings/files.ts';
import { type ValidationReport, type Verdict, VERDICTS } from '../core/validation/report.ts';
import type { Context } from './context.ts';
import { notice } from './notice.ts';
import { findOwnFiles, ownFilesOf } from './paths.ts';
import { jsonOrUndefined, ownValue } from '../core/json.ts';
import { recordOf } from '../core/json-file.ts';

const verdictSchema = z.object({
  verdict: z.enum(VERDICTS),
  /** Milliseconds since the epoch. */
  at: z.number(),
});

/** By endpoint and model. */
const fileSchema = z.object({
  version: z.literal(1),
  endpoints: z.record(z.string(), recordOf(verdictSchema)),
});

type Verdicts = z.infer<typeof fileSchema>['endpoints'];

export interface LastVerdict {
  verdict: Verdict;
  /** Milliseconds since the epoch. */
  at: number;
  endpoint: string;
}

/** The endpoints that were tested last are kept, up to this many. */
const MOST_ENDPOINTS = 20;

function verdictsFile({ last_verdicts }: OwnFiles): FileRef {
  return { path: last_verdicts, setting: SETTING_HOME };
}

/** Keeps the verdicts of `validate-models`. A failure is only a notice, because the run succeeded. */
export async function keepVerdicts(context: Context, report: ValidationReport): Promise<void> {
  const at = context.clock.now();
  const found = report.models
    .filter(({ verdict }) => verdict !== 'skipped')
    .map(({ model, verdict }) => [model, { verdict, at }] as const);
  if (found.length === 0) return;
  try {
    const ref = verdictsFile(ownFilesOf(context.env));
    const { [report.endpoint]: earlier, ...others } = await load(ref, context);
    const kept = Object.entries(others).slice(-MOST_ENDPOINTS + 1);
    const endpoints = Object.fromEntries([
      ...kept,
      [report.endpoint, { ...earlier, ...Object.fromEntries(found) }],
    ]);
    const text = `${JSON.stringify({ version: 1, endpoints }, null, 2)}\n`;
    await replaceOwnFile({ ...ref, clock: context.clock }, text, context);
  } catch (error) {
    const why = error instanceof QwenDemoError ? error.message : String(error);
    notice(context, `The verdicts are not remembered for list-models: ${why}`);
  }
}

/** Finds the last verdict on a model, at `endpoint` or at any endpoint. */
export async function loadVerdicts(
  context: Context,
  endpoint: string | undefined,
): Promise<(model: string) => LastVerdict | undefined> {
  const files = findOwnFiles(context.env);
  const verdicts = Object.entries(
    files === undefined ? {} : await load(verdictsFile(files), context),
  );
  const places = verdicts.filter(([place]) => endpoint === undefined || place === endpoint);
  return (model) =>
    places
      .flatMap(([place, models]) => {
        const found = ownValue(models, model);
        return found === undefined ? [] : [{ ...found, endpoint: place }];
      })
      .toSorted((a, b) => b.at - a.at)[0];
}

/** The models that were tested and exist, at any endpoint. */
export async function testedModels(context: Pick<Context, 'env' | 'clock'>): Promise<string[]> {
  const files = findOwnFiles(context.env);
  const verdicts = files === undefined ? {} : await load(verdictsFile(files), context);
  return Object.values(verdicts).flatMap((models) =>
    Object.keys(models).filter((model) => models[model]?.verdict !== 'unavailable'),
  );
}

/** A file that cannot be read counts as empty; the next run replaces it. */
async function load(ref: FileRef, { clock }: Pick<Context, 'clock'>): Promise<Verdicts> {
  const file = await readOwnFile({ ...ref, clock }).catch(() => undefined);
  if (!file) return {};
  return fileSchema.safeParse(jsonOrUndefined(file.text)).data?.endpoints ?? {};
}
