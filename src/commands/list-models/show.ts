import { contextWindowOf } from '../../core/conversation/window.ts';
import { hostOf } from '../../core/qwen/hosts.ts';
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

/** The table without `--details`. */
export function modelTable({ models, ...list }: Shown): Table {
  return {
    titles: ['MODEL', 'SOURCE', 'KIND', 'ABOUT'],
    rows: models.map(({ id, source, known }) => [
      idCell(id, list),
      sourceCell(source, list),
      { text: known?.kind ?? '' },
      { text: known?.about ?? '' },
    ]),
  };
}

/** The table of `--details`. @param now in ms since the epoch */
export function detailTable({ models, ...list }: Shown, verdictOf: VerdictOf, now: number): Table {
  return {
    titles: ['MODEL', 'SOURCE', 'ABILITIES', 'CONTEXT', 'FACTS FROM', 'LAST VERDICT', 'ABOUT'],
    rows: models.map((model) => [
      idCell(model.id, list),
      sourceCell(model.source, list),
      { text: abilitiesText(model) },
      { text: contextText(model) },
      { text: saysText(model) },
      verdictCell(verdictOf(model.id), list.endpoint, now),
      { text: model.known?.about ?? '' },
    ]),
  };
}

/** The default model has a star, at a terminal. */
export function idCell(id: string, { default_model }: Pick<Shown, 'default_model'>): Cell {
  return id === default_model ? { text: id, glyph: '*' } : { text: id };
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
