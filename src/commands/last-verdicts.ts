import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod/mini';
import { QwenDemoError } from '../core/errors.ts';
import type { ValidationReport } from '../core/validation/report.ts';
import type { Context } from './context.ts';
import { notice } from './notice.ts';
import { configurationFolder, findConfigurationFolder } from './paths.ts';
import { readWhole, writeWhole } from './whole-file.ts';
import { parseJson } from '../core/json.ts';

const verdictSchema = z.object({
  verdict: z.string(),
  /** Milliseconds since the epoch. */
  at: z.number(),
});

/** By endpoint and model. */
const fileSchema = z.object({
  version: z.literal(1),
  endpoints: z.record(z.string(), z.record(z.string(), verdictSchema)),
});

type Verdicts = z.infer<typeof fileSchema>['endpoints'];

export interface LastVerdict {
  verdict: string;
  /** Milliseconds since the epoch. */
  at: number;
  endpoint: string;
}

/** Endpoints that are remembered: those that were asked last. */
const MOST_ENDPOINTS = 20;

const FILE = 'last-verdicts.json';

/** Remembers what `validate-models` found. What hinders it is a notice: the run is not about this. */
export async function keepVerdicts(context: Context, report: ValidationReport): Promise<void> {
  const at = context.clock.now();
  const found = report.models
    .filter(({ verdict }) => verdict !== 'skipped')
    .map(({ model, verdict }) => [model, { verdict, at }] as const);
  if (found.length === 0) return;
  try {
    const path = join(configurationFolder(context.env), FILE);
    const { [report.endpoint]: earlier, ...others } = await load(path);
    const kept = Object.entries(others).slice(-MOST_ENDPOINTS + 1);
    const endpoints = Object.fromEntries([
      ...kept,
      [report.endpoint, { ...earlier, ...Object.fromEntries(found) }],
    ]);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const text = `${JSON.stringify({ version: 1, endpoints }, null, 2)}\n`;
    await writeWhole(path, text, context.random, 0o600);
  } catch (error) {
    const why = error instanceof QwenDemoError ? error.message : String(error);
    notice(context, `The verdicts are not remembered for list-models: ${why}`);
  }
}

/**
 * A look-up of what was found last about a model: at `endpoint`, or wherever it was asked last.
 */
export async function loadVerdicts(
  context: Context,
  endpoint: string | undefined,
): Promise<(model: string) => LastVerdict | undefined> {
  const folder = findConfigurationFolder(context.env);
  const verdicts = Object.entries(folder === undefined ? {} : await load(join(folder, FILE)));
  const places = verdicts.filter(([place]) => endpoint === undefined || place === endpoint);
  return (model) =>
    places
      .flatMap(([place, models]) => {
        const found = Object.hasOwn(models, model) ? models[model] : undefined;
        return found === undefined ? [] : [{ ...found, endpoint: place }];
      })
      .toSorted((a, b) => b.at - a.at)[0];
}

/** What cannot be understood is as good as nothing: it is written anew with the next run. */
async function load(path: string): Promise<Verdicts> {
  const text = await readWhole(path).catch(() => undefined);
  if (text === undefined) return {};
  try {
    return fileSchema.parse(parseJson(text)).endpoints;
  } catch {
    return {};
  }
}
