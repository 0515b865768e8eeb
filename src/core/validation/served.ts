import { isFields } from '../json.ts';
import { sameModel } from '../models/same-model.ts';
import type { Checks } from './checks.ts';
import type { Served } from './report.ts';
import { globMatches } from './select-models.ts';
import { type WireExchange, wireDocument, wireEvents } from './wire.ts';

/** Pairs of a name and a fingerprint that are kept: a server may invent one for each answer. */
const MOST_SERVED = 10;

/** Keeps who answered the requests of one model. */
export interface ServedRecord {
  /** Reads who answered, and judges it: `answered-by/model`, `answered-by/one-model`. */
  record(wire: WireExchange | undefined, checks: Checks): void;
  /** Each pair once, in the order in which they came. */
  all(): readonly Served[];
}

/**
 * @param asked the id of the model
 * @param served_as ids and globs that stand for the model too
 */
export function createServedRecord(asked: string, served_as: readonly string[]): ServedRecord {
  const seen = new Map<string, Served>();
  return {
    record(wire, checks) {
      if (wire === undefined) return;
      const bodies = bodiesOf(wire);
      const models = distinct(bodies.map(({ model }) => model));
      const fingerprints = distinct(bodies.map((body) => body.system_fingerprint));
      if (models.length > 1) {
        checks.warn('answered-by/one-model', `One answer names the models ${models.join(', ')}`);
      }
      for (const model of models) judge(model, checks);
      const [model, system_fingerprint] = [models.at(0), fingerprints.at(0)];
      if (model === undefined && system_fingerprint === undefined) return;
      const key = JSON.stringify([model, system_fingerprint]);
      if (seen.size < MOST_SERVED) seen.set(key, { model, system_fingerprint });
    },
    all: () => [...seen.values()],
  };

  function judge(served: string, checks: Checks): void {
    const check = 'answered-by/model';
    const known = served_as.some((glob) => globMatches(glob.toLowerCase(), served.toLowerCase()));
    const sameness = known ? 'same' : sameModel(asked, served);
    const said = `Asked for ${asked}, and ${served} answered`;
    if (sameness === 'same') checks.pass(check);
    else if (sameness === 'other') checks.fail(check, said);
    else checks.warn(check, `${said}: the same model with other weights or another tuning`);
  }
}

type Body = Readonly<Record<string, unknown>>;

/** The document of an answer, or the chunks of a stream. */
function bodiesOf(wire: WireExchange): Body[] {
  const document = wireDocument(wire);
  const bodies = document === undefined ? wireEvents(wire).map(({ json }) => json) : [document];
  return bodies.filter(isFields);
}

/** The texts that say something, each once. Azure's first chunk names the model ''. */
function distinct(values: readonly unknown[]): string[] {
  const texts = values.filter((value) => typeof value === 'string').map((text) => text.trim());
  return [...new Set(texts)].filter((text) => text !== '');
}

/** A pair that may lack its fields, as a baseline has it. */
type ServedBefore = { [Field in keyof Served]?: Served[Field] };

/**
 * What answers now and did not answer before, in a sentence: another name, or a fingerprint of another
 * build. Undefined if nothing changed, and where either run knows nothing.
 */
export function servedChange(
  now: readonly ServedBefore[],
  before: readonly ServedBefore[],
): string | undefined {
  const model = change('model', now, before);
  if (model !== undefined) return `${model.now} answers, before: ${model.before}`;
  const build = change('system_fingerprint', now, before);
  return build && `The build ${build.now} answers, before: ${build.before}`;
}

function change(
  field: keyof Served,
  now: readonly ServedBefore[],
  before: readonly ServedBefore[],
): { now: string; before: string } | undefined {
  const [current, earlier] = [now, before].map((list) => distinct(list.map((one) => one[field])));
  if (current === undefined || earlier === undefined || earlier.length === 0) return undefined;
  // One of several machines may be the only one that was asked.
  if (current.length === 0 || current.some((one) => earlier.includes(one))) return undefined;
  return { now: current.join(', '), before: earlier.join(', ') };
}
