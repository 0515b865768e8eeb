import { type Plan, PLAN_TITLES, planOfHost } from '../../core/qwen/plans.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';

/**
 * The plans for certain clients alone. Their documentation says the same of both:
 * https://help.aliyun.com/en/model-studio/more-tools
 */
const FOR_CODING_TOOLS: ReadonlySet<Plan> = new Set(['coding', 'token']);

/** Says what the plan of an endpoint allows before other programs use it. */
export function sayTerms(context: Context, endpoint: string): void {
  const plan = planOfHost(new URL(endpoint).hostname);
  if (plan === undefined || !FOR_CODING_TOOLS.has(plan)) return;
  notice(
    context,
    `The ${PLAN_TITLES[plan]} is for coding tools and agents that a person uses. ` +
      'For scripts, backends, batch jobs and tools that test APIs, its provider can suspend the plan or block the key.',
  );
}
