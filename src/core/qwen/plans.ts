import { UsageError } from '../errors.ts';
import { hostnameOf, isQwenHost } from './hosts.ts';

/** API base URLs by plan and region. The first region of a plan is its default. */
const ENDPOINTS = {
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

/** A plan that an API key of Model Studio belongs to. */
export type Plan = keyof typeof ENDPOINTS;

/** The plans, in the order of help and hints. */
export const PLANS = Object.keys(ENDPOINTS) as readonly Plan[];

/** The plans as the provider writes them. */
export const PLAN_TITLES: Record<Plan, string> = {
  standard: 'standard plan',
  coding: 'Coding Plan',
  token: 'Token Plan',
};

/** A plan in one of its regions. */
export interface PlanEndpoint {
  plan: Plan;
  region: string;
  /** API base URL. */
  endpoint: string;
}

/** The endpoints of all plans, standard first. */
export const PLAN_ENDPOINTS: readonly PlanEndpoint[] = PLANS.flatMap((plan) =>
  Object.entries(ENDPOINTS[plan]).map(([region, endpoint]) => ({ plan, region, endpoint })),
);

/** Every region that some plan has, the default one first. */
export const REGIONS: readonly string[] = [...new Set(PLAN_ENDPOINTS.map(({ region }) => region))];

/**
 * The endpoint of a plan in a region; without a region, in the plan's default one.
 * @param source for messages: `--plan`, `profile work`
 * @throws UsageError `unknown_plan` or `unknown_region`; the hint lists what exists
 */
export function planEndpoint(
  plan: string,
  region: string | undefined,
  source: string,
): PlanEndpoint {
  const endpoints = PLAN_ENDPOINTS.filter((one) => one.plan === plan);
  if (endpoints.length === 0) {
    throw new UsageError(`${source}: there is no plan "${plan}"`, {
      code: 'unknown_plan',
      choice: { given: plan, among: PLANS },
      hint: `The plans are ${PLANS.join(', ')}.`,
    });
  }
  const found = endpoints.find((one) => region === undefined || one.region === region);
  if (found !== undefined) return found;
  throw new UsageError(`${source}: the ${plan} plan has no region "${region}"`, {
    code: 'unknown_region',
    choice: { given: String(region), among: endpoints.map((one) => one.region) },
    hint: `Its regions are ${endpoints.map((one) => one.region).join(', ')}.`,
  });
}

/** The plan and region whose endpoint is this base URL; undefined for any other URL. */
export function planOfEndpoint(base_url: string): PlanEndpoint | undefined {
  return PLAN_ENDPOINTS.find(({ endpoint }) => endpoint === base_url);
}

/**
 * The plan that a host serves, in any region; undefined for a host that is not Qwen's. A host of
 * Qwen's with any other name serves the standard plan: each workspace has one.
 * @param host `hostname` or `hostname:port`
 */
export function planOfHost(host: string): Plan | undefined {
  const hostname = hostnameOf(host);
  if (!isQwenHost(hostname)) return undefined;
  if (/^coding(-[a-z]+)?\.dashscope\./.test(hostname)) return 'coding';
  return hostname.startsWith('token-plan.') ? 'token' : 'standard';
}

/**
 * The hint for a key that one of Qwen's hosts refuses. The key may belong to another plan or
 * region, and its text does not tell which: keys of two plans begin with `sk-sp-`.
 * @param host `hostname` or `hostname:port`
 */
export function planHint(host: string): string {
  const here = PLAN_ENDPOINTS.find(({ endpoint }) => new URL(endpoint).host === host);
  const others = PLAN_ENDPOINTS.filter((one) => one !== here);
  const flags = others.map(flagsOf);
  const width = Math.max(...flags.map((text) => text.length));
  const which = here
    ? `belongs to the ${PLAN_TITLES[here.plan]} in region ${here.region}`
    : 'belongs to one of several plans';
  return [
    `The endpoint at ${host} ${which}; a key of one plan or region does not work at another.`,
    'Check the key, or choose the endpoint that it belongs to:',
    ...others.map(({ endpoint }, index) => `  ${flags[index]?.padEnd(width)}  ${endpoint}`),
  ].join('\n');
}

function flagsOf({ plan, region }: PlanEndpoint): string {
  return region === 'cn' ? `--plan ${plan}` : `--plan ${plan} --region ${region}`;
}
