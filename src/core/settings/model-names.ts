import { ownValue } from '../json.ts';
import { UsageError } from '../errors.ts';
import type { ProfileSetting } from './definitions.ts';

/**
 * The id that a name of the user stands for; any other text is an id itself. A name may stand for another
 * name. One that equals the id of a model comes before it.
 * @throws UsageError `model_name_loop`
 */
export function modelNamed(name: string, { models = {} }: Pick<ProfileSetting, 'models'>): string {
  const seen = [name];
  for (;;) {
    const last = seen.at(-1) ?? name;
    const next = ownValue(models, last);
    if (next === undefined || next === last) return last;
    if (seen.includes(next)) {
      throw new UsageError(
        `The name "${name}" stands for no model: ${[...seen, next].join(' -> ')}`,
        {
          code: 'model_name_loop',
          hint: 'Change one of these names under models in config.json.',
        },
      );
    }
    seen.push(next);
  }
}
