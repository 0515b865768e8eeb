import type { Context } from '../../context.ts';
import { pathParser } from '../../paths.ts';

/**
 * A path or URL as people type it or drop it on a terminal: quotes and backslashes are removed, `~`
 * is the home folder.
 * @throws UsageError `no_home` for a path in the home folder of a user who has none
 */
export function pathArgument(argument: string, { env }: Pick<Context, 'env'>): string {
  const [, quoted] =
    /^(?:"(.*)"|'(.*)')$/.exec(argument)?.filter((part) => part !== undefined) ?? [];
  const path = quoted ?? argument.replaceAll(/\\([ '"()&])/g, '$1');
  return pathParser({ env })(path);
}
