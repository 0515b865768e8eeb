import { UsageError } from '../../core/errors.ts';
import { given } from '../../core/given.ts';
import type { ProbeList } from '../../core/validation/claims.ts';
import type { Settings } from '../../core/settings/settings.ts';
import {
  createPlan,
  type Limits,
  type ModelDescription,
  type ValidationPlan,
} from '../../core/validation/plan.ts';
import {
  type ListedSelection,
  missingModels,
  withMissing,
  withMissingProbes,
} from '../../core/validation/missing.ts';
import type { RunScope, Shard, ValidationReport } from '../../core/validation/report.ts';
import { isInShard } from '../../core/validation/shard.ts';
import { validateModels } from '../../core/validation/run.ts';
import { settingsOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { connectForValidation, type ValidationConnection } from './connection.ts';
import { failureOf } from './failure.ts';
import { limitHeap } from './heap.ts';
import type { ValidateModelsFlags } from './flags.ts';
import { keepVerdicts } from '../last-verdicts.ts';
import { redacted, secretsOfRun } from '../secrets.ts';
import { notice } from '../notice.ts';
import { type ModelFlags, parseProbeFlag, readModelFlags, resolveModels } from './model-flags.ts';
import { startProgress } from './progress.ts';
import { createReports } from './publish.ts';
import { expectedEndpoint, modelsWithoutList, orReport } from './unasked.ts';

/** What the flags say, read once. */
interface Asked {
  flags: ValidateModelsFlags;
  probes: ProbeList | undefined;
  named: ModelFlags;
  settings: Settings;
}

/**
 * Tests the models, or shows what would be asked, or writes a models file.
 * @throws UsageError for a flag or a file; StorageError for a report that cannot be written; what
 *   stops a run that could ask nothing, after the reports were written: AuthError, NetworkError,
 *   QuotaError, ApiError; ValidationError `models_failed` when a required model failed or was not
 *   tested; the signal's reason, after the results so far were shown
 */
export async function runValidateModels(
  context: Context,
  flags: ValidateModelsFlags,
): Promise<void> {
  const probes = parseProbeFlag(flags.probe);
  if (flags.minPassRate !== undefined && flags.repeat === 1) {
    const hint = 'Say how many times: --repeat 10';
    throw new UsageError('--min-pass-rate needs --repeat', { code: 'no_repeat', hint });
  }
  const named = await readModelFlags(context, flags);
  const settings = await settingsOf(context, flags);
  const asked = { flags, probes, named, settings };
  if (flags.init !== undefined || flags.discover !== undefined) {
    const { writeModelsFile } = await import('./init.ts');
    const connection = await connectForValidation(context, flags, settings);
    await writeModelsFile(named.patterns, context, flags, connection);
  } else if (flags.dryRun === true) {
    await showDryRun(context, asked);
  } else {
    await testModels(context, asked);
  }
}

async function showDryRun(context: Context, asked: Asked): Promise<void> {
  const { flags, named, settings } = asked;
  const planOfList = async () => {
    const connection = await connectForValidation(context, flags, settings);
    const at = { ...connection, once: connection.requests((send) => send) };
    const { models } = await resolveModels(named, context, at);
    return planOf(inShard(models, flags.shard), asked);
  };
  const about = { seed: flags.seed ?? seedOf(context), endpoint: expectedEndpoint(settings) };
  const { showPlan, withoutConnection } = await import('./dry-run.ts');
  const plan = await withoutConnection(planOfList, () => planWithoutList(asked), named);
  await showPlan(plan, context, flags, about);
}

/** Tests the models, shows the progress, writes the reports. */
async function testModels(context: Context, asked: Asked): Promise<void> {
  const { flags, named, settings } = asked;
  // Before the first request: modules that load while a model answers add to its latency.
  const connecting = connectForValidation(context, flags, settings);
  const [reports] = await Promise.all([
    createReports(context, flags, inputsOf(flags)),
    // Its error is reported below.
    connecting.catch(() => undefined),
  ]);
  const about = {
    context,
    reports,
    seed: flags.seed ?? seedOf(context),
    live: named.live,
    shard: flags.shard,
    endpoint: expectedEndpoint(settings),
  };
  const expected = () => planWithoutList(asked);
  const { request, known, idOf, ...connection } = await orReport(connecting, expected, about);
  about.endpoint = connection.endpoint;
  const once = connection.requests((send) => send);
  const at = { request, once, endpoint: connection.endpoint, known, idOf };
  const { baseline = { version: 1, models: {} } } = reports;
  const resolving = resolveModels(named, context, at, Object.keys(baseline.models));
  const selection = ofShard(await orReport(resolving, expected, about), flags.shard);
  if (selection.models.length === 0)
    notice(context, 'No model belongs to this shard: there is nothing to ask.');
  const missing = missingModels(baseline, selection);
  const there = selection.models.filter(({ model }) => !missing.some((one) => one.model === model));
  const plan = withMissingProbes(planOf(there, asked), baseline, there, asked.probes);
  const asking = ask(context, flags, { plan, connection, ...about });
  const report = await orReport(asking, () => plan, about);
  notice(context, `Questions drawn with --seed ${about.seed}`);
  await keepVerdicts(context, redacted(secretsOfRun(context), report));
  const judged = await reports.publish(withMissing(report, missing));
  if (judged.interrupted) throw context.signal.reason;
  const failure = failureOf(judged, flags);
  if (failure) throw failure;
}

interface Questions extends RunScope {
  plan: ValidationPlan;
  seed: string;
  connection: Omit<ValidationConnection, 'request' | 'known' | 'idOf'>;
}

/** Asks the models of the plan, and shows the progress. */
async function ask(
  context: Context,
  flags: ValidateModelsFlags,
  { plan, seed, live, shard, connection }: Questions,
): Promise<ValidationReport> {
  const { clock, random, signal } = context;
  limitHeap(plan.candidates.length);
  const progress = await startProgress(context, plan.candidates.length);
  const running = validateModels({
    concurrency: flags.concurrency,
    repeat: flags.repeat,
    min_pass_rate: flags.minPassRate ?? 1,
    deadline: flags.deadline,
    max_tokens_spent: flags.maxTokensSpent,
    fail_fast: flags.failFast === true,
    seed,
    live,
    shard,
    ...plan,
    ...connection,
    clock,
    random,
    signal,
    onEvent: progress.onEvent,
  });
  return running.finally(progress.stop);
}

function planOf(models: readonly ModelDescription[], { flags, probes }: Asked): ValidationPlan {
  return createPlan(models, probes, limitsOf(flags), flags.deep);
}

/** The plan without the endpoint's list of models. */
function planWithoutList(asked: Asked): ValidationPlan {
  const { named, settings, flags } = asked;
  return planOf(inShard(modelsWithoutList(named, settings), flags.shard), asked);
}

function inShard(models: readonly ModelDescription[], shard: Shard | undefined) {
  return models.filter(({ model }) => shard === undefined || isInShard(model, shard));
}

function ofShard({ models, covers, listed }: ListedSelection, shard: Shard | undefined) {
  const isIn = (model: string) => shard === undefined || isInShard(model, shard);
  const covered = (model: string) => covers(model) && isIn(model);
  return { models: inShard(models, shard), covers: covered, listed };
}

function inputsOf({ file }: ValidateModelsFlags) {
  return file === undefined ? [] : [{ by: '--file', path: file }];
}

/** Eight hexadecimal digits. */
function seedOf({ random }: Context): string {
  return Buffer.from(random.bytes(4)).toString('hex');
}

/** The limits of every model that has none of its own in the file. */
function limitsOf(flags: ValidateModelsFlags): Partial<Limits> {
  return {
    ...given({ timeout: flags.timeout }),
    retries: flags.retries,
    max_ttft: flags.maxTtft,
    max_latency: flags.maxLatency,
    min_tokens_per_second: flags.minTokensPerSecond,
  };
}
