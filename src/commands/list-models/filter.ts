import { UsageError } from '../../core/errors.ts';
import { ABILITIES, type Ability } from '../../core/qwen/models.ts';
import type { ListedModel } from '../../core/models/list.ts';

/** Which models are shown. Everything has to hold. */
export interface Filter {
  live: boolean;
  abilities: readonly Ability[];
  /** In lower case. */
  words: readonly string[];
}

/** @throws UsageError for an ability that does not exist */
export function parseAbilities(lists: readonly string[] = []): Ability[] {
  const names = lists.flatMap((list) => list.split(',')).map((name) => name.trim());
  return names.map((name) => {
    const ability = ABILITIES.find((known) => known === name);
    if (ability !== undefined) return ability;
    throw new UsageError(`--ability: there is no ability "${name}"`, {
      code: 'unknown_ability',
      hint: `One or more of ${ABILITIES.join(', ')}, separated by commas.`,
    });
  });
}

export interface Filtered {
  models: ListedModel[];
  /** Models that are left out because nobody says what they can do. */
  undescribed: number;
}

export function filterModels(
  all: readonly ListedModel[],
  { live, abilities, words }: Filter,
): Filtered {
  const named = all
    .filter(({ source }) => !live || source !== 'known')
    .filter((model) => words.every((word) => textOf(model).includes(word)));
  const models = named.filter((model) =>
    abilities.every((ability) => model.abilities?.value.includes(ability)),
  );
  const silent = named.filter((model) => model.abilities === undefined);
  return { models, undescribed: abilities.length === 0 ? 0 : silent.length };
}

function textOf({ id, known }: ListedModel): string {
  return [id, known?.kind ?? '', known?.about ?? ''].join('\n').toLowerCase();
}
