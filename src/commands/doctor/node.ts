import type { Context } from '../context.ts';
import { versionFacts } from '../version.ts';
import { type Finding, ok } from './finding.ts';

/** `engines.node` of package.json without `>=`. The build replaces it. */
declare const __OLDEST_NODE__: string;

/** The program and its Node. On an older one main.ts has ended the process already, with exit code 2. */
export function checkNode(context: Context): Finding {
  const { version, commit, node, platform } = versionFacts(context);
  const oldest =
    typeof __OLDEST_NODE__ === 'string' ? `, ${__OLDEST_NODE__} or later is needed` : '';
  return ok('node', `Node ${node} on ${platform}${oldest}; qwen-demo ${version}, commit ${commit}`);
}
