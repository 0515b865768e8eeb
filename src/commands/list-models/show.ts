import { contextWindowOf } from '../../core/conversation/window.ts';
import { hostOf } from '../../core/qwen/hosts.ts';
import { kindOf } from '../../core/models/kind.ts';
import type { ListedModel, ModelSource } from '../../core/models/list.ts';
import { stringify } from '../../terminal/sanitize.ts';
import type { Cell, Table } from '../../terminal/table.ts';
import type { LastVerdict } from '../last-verdicts.ts';
import { isoTime, relativeTime } from '../time.ts';

/** The models to show, and where they come from. */
export interface Shown {
  /** Undefined when no request was sent. */
  endpoint: string | undefined;
  /** Whether the endpoint has a model list. */
  live: boolean;
  notices: readonly string[];
  models: readonly ListedModel[];
  /** The model that `chat` asks without a flag; undefined where no settings were read. */
  default_model: string | undefined;
}

/** Finds the last verdict on a model. */
export type VerdictOf = (model: string) => LastVerdict | undefined;

/** The document of `--json`. Every field is present; null means unknown. */
export function listJson({ endpoint, live, notices, models }: Shown, verdictOf: VerdictOf): string {
  const document = {
    version: 1,
    endpoint: endpoint ?? null,
    live,
    notice: notices.length === 0 ? null : notices.join(' '),
    models: models.map(({ id, source, known, abilities, context, said }) => ({
      id,
      source,
      kind: known?.kind ?? null,
      about: known?.about ?? null,
      expected: known?.expected ?? null,
      abilities: abilities?.value ?? null,
      abilities_from: abilities?.from ?? null,
      context: context?.value ?? null,
      context_from: context?.from ?? null,
      chat: said?.chat ?? null,
      price: said?.price ?? null,
      last_verdict: verdictJson(verdictOf(id)),
    })),
  };
  return `${stringify(document, 2)}\n`;
}

function verdictJson(last: LastVerdict | undefined) {
  return last === undefined ? null : { ...last, at: isoTime(last.at) ?? null };
}

/** The lines of a pipe. */
export function modelTable({ models, ...list }: Shown): Table {
  return {
    titles: ['MODEL', 'SOURCE', 'KIND', 'ABOUT'],
    rows: models.map(({ id, source, known }) => [
      { text: id },
      sourceCell(source, list),
      { text: known?.kind ?? '' },
      { text: known?.about ?? '' },
    ]),
  };
}

/** What a terminal shows of the models, the most first. `untested`: says so of each such model. */
interface Form {
  source: boolean;
  about: boolean;
  untested: boolean;
  /** Columns that the last column needs. */
  narrowest: number;
}

type Forms = readonly [Form, ...Form[]];

const FORMS: Forms = [
  { source: true, about: true, untested: true, narrowest: 40 },
  { source: true, about: false, untested: true, narrowest: 24 },
  { source: false, about: false, untested: true, narrowest: 16 },
  { source: false, about: false, untested: false, narrowest: 16 },
];

/** The order at a terminal: with headings when models of a kind stand together, else with a column. */
export interface Overview {
  grouped: boolean;
  verdictOf: VerdictOf;
  /** In ms since the epoch. */
  now: number;
}

/** The table at a terminal without `--details` and `--fields`, with as many columns as fit. */
export function overviewTable(shown: Shown, overview: Overview, forms = FORMS): Table {
  const [form, next, ...others] = forms;
  const mark = marking(shown);
  const rows = shown.models.map((model) => ({
    MODEL: mark(model.id),
    ...factsOf(model, shown, overview, form),
  }));
  return {
    titles: Object.keys(rows[0] ?? {}),
    rows: rows.map((row) => Object.values(row)),
    narrowest: form.narrowest,
    ...(overview.grouped && { headings: headingsOf(shown) }),
    ...(next && { narrower: overviewTable(shown, overview, [next, ...others]) }),
  };
}

function factsOf(
  model: ListedModel,
  { endpoint, ...list }: Shown,
  { grouped, verdictOf, now }: Overview,
  form: Form,
): Record<string, Cell> {
  const last = verdictOf(model.id);
  // Without a title above it, `unknown` could be anything.
  const unknown = form.untested ? 'unknown' : 'abilities unknown';
  const source = sourceCell(model.source, list);
  const missing = !form.source && source.tone === 'warning';
  const verdict =
    last === undefined && (missing || !form.untested)
      ? { text: '' }
      : verdictCell(last, endpoint, now);
  return {
    ...(!grouped && { KIND: { text: kindOf(model) } }),
    ...(form.source && { SOURCE: source }),
    ABILITIES: { text: model.abilities ? abilitiesText(model) : unknown },
    WINDOW: windowCell(model),
    'LAST VERDICT': missing
      ? { text: [verdict.text, 'not listed'].filter(Boolean).join(', '), tone: 'warning' }
      : verdict,
    ...(form.about && { ABOUT: { text: model.known?.about ?? '' } }),
  };
}

const headingsOf = ({ models }: Pick<Shown, 'models'>) =>
  models.map((model) => `${kindOf(model).toUpperCase()} MODELS`);

/** The window and who says it: `1M catalogue`, `32k endpoint`, `131k guess`. */
function windowCell(model: ListedModel): Cell {
  const { id, context } = model;
  if (context !== undefined) return { text: `${rounded(context.value)} ${context.from}` };
  if (kindOf(model) === 'other') return { text: '' };
  return { text: `${rounded(contextWindowOf(id))} guess` };
}

/** The cell of an id. At a terminal the default model has a star, and the other ids stand below it. */
export function marking({ models, default_model }: Shown): (id: string) => Cell {
  const marked = models.some(({ id }) => id === default_model);
  return (id) => (marked ? { text: id, glyph: id === default_model ? '*' : ' ' } : { text: id });
}

/** The table of `--details`. */
export function detailTable(shown: Shown, { grouped, verdictOf, now }: Overview): Table {
  const { models, ...list } = shown;
  const mark = marking(shown);
  return {
    titles: ['MODEL', 'SOURCE', 'ABILITIES', 'CONTEXT', 'FACTS FROM', 'LAST VERDICT', 'ABOUT'],
    rows: models.map((model) => [
      mark(model.id),
      sourceCell(model.source, list),
      { text: abilitiesText(model) },
      { text: contextText(model) },
      { text: saysText(model) },
      verdictCell(verdictOf(model.id), list.endpoint, now),
      { text: model.known?.about ?? '' },
    ]),
    ...(grouped && { headings: headingsOf(shown) }),
  };
}

/** A known model that is missing in the endpoint's list is probably not available there. */
export function sourceCell(source: ModelSource, { live }: Pick<Shown, 'live'>): Cell {
  if (source === 'both') return { text: 'live, known', tone: 'good' };
  if (source === 'live') return { text: 'live', tone: 'good' };
  return live ? { text: 'known, not listed', tone: 'warning' } : { text: 'known' };
}

export function abilitiesText({ abilities }: ListedModel): string {
  if (abilities === undefined) return '?';
  return abilities.value.length === 0 ? 'text only' : abilities.value.join(', ');
}

/** Rounded down: `1M`, `131k`; `131k?` for what a conversation assumes where nobody says it. */
export function contextText({ id, context }: ListedModel): string {
  return context === undefined ? `${rounded(contextWindowOf(id))}?` : rounded(context.value);
}

function rounded(value: number): string {
  if (value >= 1_000_000) return `${Number((value / 1_000_000).toFixed(1))}M`;
  return value >= 1000 ? `${Math.floor(value / 1000)}k` : String(value);
}

/** The sources of abilities and context: `endpoint, catalogue` when each is the source of one. */
export function saysText({ abilities, context }: ListedModel): string {
  const sources = [abilities?.from, context?.from].filter((from) => from !== undefined);
  return [...new Set(sources)].join(', ') || 'unknown';
}

export function verdictCell(
  last: LastVerdict | undefined,
  endpoint: string | undefined,
  now: number,
): Cell {
  if (last === undefined) return { text: 'never asked', tone: 'quiet' };
  const place = endpoint === undefined ? ` at ${hostOf(last.endpoint)}` : '';
  const verdict = last.verdict.replaceAll('_', ' ');
  return {
    text: `${verdict}, ${relativeTime(last.at, now)}${place}`,
    tone: last.verdict === 'pass' ? 'good' : 'warning',
  };
}
