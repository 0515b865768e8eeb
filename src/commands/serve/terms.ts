import { type Plan, PLAN_TITLES, planOfHost } from '../../core/qwen/plans.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';

/** What a plan allows, for those that allow only certain clients. */
const TERMS: Partial<Record<Plan, string>> = {
  coding:
    'is for interactive coding tools alone: its terms forbid scripts, backends and batch jobs',
  token: 'is for AI tools that a person uses: read its terms before a script or a backend uses it',
};

/** Says what the plan of an endpoint allows before other programs use it. */
export function sayTerms(context: Context, endpoint: string): void {
  const plan = planOfHost(new URL(endpoint).hostname);
  const terms = plan && TERMS[plan];
  if (plan && terms) notice(context, `The ${PLAN_TITLES[plan]} ${terms}.`);
}
