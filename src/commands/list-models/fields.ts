import { UsageError } from '../../core/errors.ts';
import { kindOf } from '../../core/models/kind.ts';
import type { ListedModel } from '../../core/models/list.ts';
import type { Table } from '../../terminal/table.ts';
import {
  abilitiesText,
  contextText,
  marking,
  saysText,
  type Shown,
  sourceCell,
  verdictCell,
  type VerdictOf,
} from './show.ts';

/** The names of `--fields`. */
export const FIELDS = [
  'id',
  'source',
  'kind',
  'abilities',
  'window',
  'from',
  'verdict',
  'price',
  'about',
] as const;

/** A column of the list. */
export type Field = (typeof FIELDS)[number];

/** The value of `--fields`. @throws UsageError `unknown_field` */
export function parseFields(list: string): Field[] {
  return list.split(',').map((name) => {
    const field = FIELDS.find((known) => known === name.trim());
    if (field !== undefined) return field;
    throw new UsageError(`--fields: there is no field "${name}"`, {
      code: 'unknown_field',
      choice: { given: name.trim(), among: FIELDS },
      hint: `One or more of ${FIELDS.join(', ')}, separated by commas.`,
    });
  });
}

const KINDS = ['coding', 'text', 'vision', 'other'];
const byKind = (a: ListedModel, b: ListedModel) =>
  KINDS.indexOf(kindOf(a)) - KINDS.indexOf(kindOf(b));
const byWindow = (a: ListedModel, b: ListedModel) =>
  (b.context?.value ?? 0) - (a.context?.value ?? 0);

/** The values of `--sort`. */
export const ORDERS = ['id', 'kind', 'window'] as const;

/**
 * The order of `--sort`; at a terminal by kind without it. Undefined keeps the order by id, which
 * also decides between equals.
 * @throws UsageError `unknown_field`
 */
export function orderOf(
  sort: string | undefined,
  terminal: boolean,
): ((a: ListedModel, b: ListedModel) => number) | undefined {
  if (sort === undefined) return terminal ? byKind : undefined;
  if (sort === 'id') return undefined;
  if (sort === 'kind') return byKind;
  if (sort === 'window') return byWindow;
  throw new UsageError(`--sort: the list cannot be sorted by "${sort}"`, {
    code: 'unknown_field',
    choice: { given: sort, among: ORDERS },
    hint: `One of ${ORDERS.join(', ')} (the largest first).`,
  });
}

/** A table of these columns. @param now in ms since the epoch */
export function fieldTable(
  shown: Shown,
  fields: readonly Field[],
  verdictOf: VerdictOf,
  now: number,
): Table {
  const { models, ...list } = shown;
  const mark = marking(shown);
  return {
    titles: fields.map((field) => field.toUpperCase()),
    rows: models.map((model) => {
      const { id, source, known, said } = model;
      const cells = {
        id: () => mark(id),
        source: () => sourceCell(source, list),
        kind: () => ({ text: kindOf(model) }),
        abilities: () => ({ text: abilitiesText(model) }),
        window: () => ({ text: contextText(model) }),
        from: () => ({ text: saysText(model) }),
        verdict: () => verdictCell(verdictOf(id), list.endpoint, now),
        price: () => ({ text: said?.price ? `${said.price.prompt}/${said.price.completion}` : '' }),
        about: () => ({ text: known?.about ?? '' }),
      };
      return fields.map((field) => cells[field]());
    }),
  };
}
