import { UsageError } from '../errors.ts';
import { isQwenHost } from './hosts.ts';

/** Where the API of each plan is, by region. The first region of a plan is its default. */
export const PLANS = {
  standard: {
    cn: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    intl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    us: 'https://dashscope-us.aliyuncs.com/compatible-mode/v1',
    hk: 'https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1',
  },
  coding: {
    cn: 'https://coding.dashscope.aliyuncs.com/v1',
    intl: 'https://coding-intl.dashscope.aliyuncs.com/v1',
  },
  token: {
    cn: 'https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1',
    intl: 'https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1',
  },
} as const satisfies Record<string, Record<string, string>>;

export type Plan = keyof typeof PLANS;

/** A plan in one of its regions. */
export interface PlanPlace {
  plan: Plan;
  region: string;
  /** API base URL. */
  endpoint: string;
}

/** All of them, standard first. */
export const PLAN_PLACES: readonly PlanPlace[] = Object.entries(PLANS).flatMap(([plan, regions]) =>
  Object.entries(regions).map(([region, endpoint]) => ({ plan: plan as Plan, region, endpoint })),
);

/**
 * The plan and region that were asked for by name.
 * @param source for messages: `--plan`, `profile work`
 * @throws UsageError `unknown_plan`, or `unknown_region` naming the regions the plan has
 */
export function planPlace(plan: string, region: string | undefined, source: string): PlanPlace {
  const places = PLAN_PLACES.filter((place) => place.plan === plan);
  if (places.length === 0) {
    throw new UsageError(`${source}: there is no plan "${plan}"`, {
      code: 'unknown_plan',
      hint: `The plans are ${Object.keys(PLANS).join(', ')}.`,
    });
  }
  const place = places.find((one) => region === undefined || one.region === region);
  if (place !== undefined) return place;
  throw new UsageError(`${source}: the ${plan} plan has no region "${region}"`, {
    code: 'unknown_region',
    hint: `Its regions are ${places.map((one) => one.region).join(', ')}.`,
  });
}

/** The plan and region that a base URL is the endpoint of. */
export function placeOf(base_url: string): PlanPlace | undefined {
  return PLAN_PLACES.find(({ endpoint }) => endpoint === base_url);
}

/** The plan that a host serves, whichever region it is in; undefined for a host that is not Qwen's. */
export function planOfHost(hostname: string): Plan | undefined {
  if (!isQwenHost(hostname)) return undefined;
  if (/^coding(-[a-z]+)?\.dashscope\./.test(hostname)) return 'coding';
  return hostname.startsWith('token-plan.') ? 'token' : 'standard';
}
