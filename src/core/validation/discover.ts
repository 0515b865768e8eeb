import { purposeOf } from '../models/kind.ts';
import { knownContext, knownModel } from '../qwen/known-models.ts';
import type { Dialect } from './dialect.ts';
import { plannedModels, type ModelDescription, type PlannedModel } from './plan.ts';
import type { ModelReport, ProbeName, ProbeReport } from './report.ts';

/** What real requests show of a model. An absent field: it could not be measured. */
export interface Measured {
  /** The probes that it passed, and those that it did not. */
  able: ProbeName[];
  unable: ProbeName[];
  /** The fields that switch its thinking on and off. */
  thinking: NonNullable<Dialect['thinking']>[];
  /** Tokens of the longest text of which it read the beginning, the middle and the end. */
  context?: number;
  /** Why no longer text was read: the model does not hold it, or the tokens to spend are too few. */
  context_end?: 'model' | 'budget';
  /** What makes requests fit it. */
  dialect: Dialect;
  /** Why nothing more was measured, if the model did not answer. */
  reason?: string;
}

/** How the requests of a discovery are made. */
export interface Measuring {
  /** Runs the probes that the model claims. */
  run: (candidate: PlannedModel) => Promise<ModelReport>;
  /** Tokens that may be spent on the window of this model; less after each run. */
  left: () => number;
}

/** Probes of a chat model whose verdict is an ability. */
const ABLE: readonly ProbeName[] = [
  'chat',
  'stream',
  'system',
  'json',
  'tools',
  'vision',
  'stop',
  'max-tokens',
];

/** The dialects of thinking, those of Qwen first. */
const THINKING = ['enable_thinking', 'chat_template_kwargs', 'reasoning_effort'] as const;

/** Measures what a model can do, how it wants to be asked, and how long a text it reads. */
export async function discover(
  description: ModelDescription,
  { run, left }: Measuring,
): Promise<Measured> {
  const { model, said } = description;
  const ask = async (claims: readonly ProbeName[], dialect: Dialect, more = {}) => {
    const [planned] = plannedModels([{ ...description, dialect }], undefined);
    if (planned === undefined) throw new Error('no model is planned');
    return run({ ...planned, claims, demanded: claims, full: [], ...more });
  };
  if (purposeOf({ id: model, known: knownModel(model), said }) === 'embeddings') {
    return { ...abilitiesOf(await ask(['embeddings'], {})), thinking: [], dialect: {} };
  }
  let dialect: Dialect = {};
  let report = await ask(ABLE, dialect);
  if (!isAble(report, 'chat')) {
    // Qwen's models that only think in a stream refuse any other request.
    const streamed = await ask(ABLE, { stream_only: true });
    if (isAble(streamed, 'chat')) {
      dialect = { stream_only: true };
      report = streamed;
    }
  }
  const abilities = abilitiesOf(report);
  if (!abilities.able.includes('chat')) {
    const { reason = 'It did not answer' } = report;
    return { ...abilities, thinking: [], dialect: {}, reason };
  }
  dialect = { ...dialect, ...learnt(report) };
  const { thinking, always } = await thinkingOf((switched) =>
    ask(['reasoning'], { ...dialect, thinking: switched }, { full: ['reasoning'] }),
  );
  const [first] = thinking;
  if (first !== undefined || always) dialect = { ...dialect, thinking: first ?? 'none' };
  const thinks: ProbeName[] = first !== undefined || always ? ['reasoning'] : [];
  const window = await windowOf(said?.context ?? knownContext(model), left, (long_tokens) =>
    // One mode: a long text costs much.
    ask(['long'], { ...dialect, stream_only: true }, { long_tokens }),
  );
  return {
    able: [...abilities.able, ...thinks],
    unable: [...abilities.unable, ...(thinks.length > 0 ? [] : (['reasoning'] as const))],
    thinking,
    ...window,
    dialect,
  };
}

function abilitiesOf({ probes }: ModelReport): Pick<Measured, 'able' | 'unable'> {
  const answered = probes.filter(({ verdict }) => ANSWERED.has(verdict));
  const able = answered.filter(passesItself).map(({ probe }) => probe);
  const unable = answered.filter((probe) => !passesItself(probe)).map(({ probe }) => probe);
  return { able, unable };
}

const ANSWERED = new Set(['pass', 'warn', 'fail', 'unsupported']);

function isAble({ probes }: ModelReport, name: ProbeName): boolean {
  return probes.some((one) => one.probe === name && passesItself(one));
}

/** Whether a probe's own checks passed: what is wrong with the form of an answer is no inability. */
function passesItself({ probe, verdict, checks }: ProbeReport): boolean {
  const own = checks.filter(({ check }) => check.startsWith(`${probe}/`));
  if (verdict === 'pass' || verdict === 'warn') return true;
  return verdict === 'fail' && own.length > 0 && own.every((one) => PASSED.has(one.verdict));
}

const PASSED = new Set(['pass', 'warn']);

/** The dialect without the fields and the role that the server refused. */
function learnt({ probes }: ModelReport): Dialect {
  const refused = probes
    .flatMap(({ checks }) => checks)
    .filter(({ verdict }) => verdict === 'unsupported');
  const extra: Record<string, null> = {};
  const dialect: Dialect = {};
  for (const { check, reason = '' } of refused) {
    const [, field] = /^dialect\/(.+)$/.exec(check) ?? [];
    if (check === 'system/role' || field === 'system-role') dialect.system_role = 'user';
    else if (field === 'max-tokens' && /max_?completion_?tokens/i.test(reason)) {
      dialect.max_tokens_field = 'max_completion_tokens';
    } else if (field !== undefined) extra[field.replaceAll('-', '_')] = null;
  }
  return Object.keys(extra).length > 0 ? { ...dialect, extra_body: extra } : dialect;
}

/** Which fields switch thinking on and off, and whether the model thinks although none does. */
async function thinkingOf(
  ask: (thinking: (typeof THINKING)[number]) => Promise<ModelReport>,
): Promise<{ thinking: (typeof THINKING)[number][]; always: boolean }> {
  const thinking: (typeof THINKING)[number][] = [];
  let always = false;
  for (const field of THINKING) {
    const { probes } = await ask(field);
    const checks = probes.flatMap((probe) => probe.checks);
    const passed = (name: string) =>
      checks.some(({ check, verdict }) => check === `reasoning/${name}` && verdict === 'pass');
    if (passed('on') && passed('off')) thinking.push(field);
    always ||= passed('on') && !passed('off');
  }
  return { thinking, always: always && thinking.length === 0 };
}

/** The first length where nobody claims a window, in tokens. */
const FIRST_LENGTH = 8000;
/** Tokens: shorter texts are not tried. */
const SHORTEST = 500;
const MOST_TRIES = 12;
/** Times the text: space for the question and the answer. */
const MARGIN = 1.25;

/**
 * Finds the longest text that the model reads whole by halving: what a server refuses costs no tokens,
 * so that the claimed window comes first.
 */
async function windowOf(
  claimed: number | undefined,
  left: () => number,
  ask: (long_tokens: number) => Promise<ModelReport>,
): Promise<Pick<Measured, 'context' | 'context_end'>> {
  const most = claimed === undefined ? Infinity : Math.floor(claimed / MARGIN);
  let [good, bad, read] = [0, Infinity, 0];
  let size = Math.min(most, claimed === undefined ? FIRST_LENGTH : most);
  let short = false;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const affordable = Math.floor(left() / MARGIN);
    short = size > affordable;
    if (short) size = affordable;
    if (size < SHORTEST || size <= good * 1.1) break;
    const report = await ask(size);
    if (isAble(report, 'long')) {
      good = size;
      read = report.tokens.prompt_tokens;
      if (good >= most) return { context: claimed ?? read, context_end: 'model' };
    } else if (report.probes.some(({ verdict }) => UNHELD.has(verdict))) {
      bad = size;
    } else break;
    size = Math.min(most, bad === Infinity ? size * 2 : Math.floor((good + bad) / 2));
  }
  return good === 0 ? {} : { context: read, context_end: short ? 'budget' : 'model' };
}

const UNHELD = new Set(['fail', 'unsupported', 'error']);
