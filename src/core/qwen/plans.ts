import { UsageError } from '../errors.ts';
import { hostnameOf, isQwenHost } from './hosts.ts';

/**
 * API base URLs by plan and region. The first region of a plan is its default. A region without a URL
 * is one where each workspace has its own host, see {@link workspaceEndpoint}.
 */
const ENDPOINTS = {
  standard: {
    cn: 'https://dashscope.aliyuncs.com/compatible-mode/v1',
    intl: 'https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
    us: 'https://dashscope-us.aliyuncs.com/compatible-mode/v1',
    hk: 'https://cn-hongkong.dashscope.aliyuncs.com/compatible-mode/v1',
    de: undefined,
    jp: undefined,
  },
  coding: {
    cn: 'https://coding.dashscope.aliyuncs.com/v1',
    intl: 'https://coding-intl.dashscope.aliyuncs.com/v1',
  },
  token: {
    cn: 'https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1',
    intl: 'https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1',
  },
} as const satisfies Record<string, Record<string, string | undefined>>;

/** A name of a host that is no workspace. */
const TOKEN_PLAN = 'token-plan';

/** The names of the regions in host names. */
const REGION_IDS: Readonly<Record<string, string>> = {
  cn: 'cn-beijing',
  intl: 'ap-southeast-1',
  us: 'us-east-1',
  hk: 'cn-hongkong',
  de: 'eu-central-1',
  jp: 'ap-northeast-1',
};

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
  /** The id of the workspace that the host belongs to. */
  workspace?: string;
  /** API base URL. */
  endpoint: string;
}

/** The endpoints of all plans, standard first. */
export const PLAN_ENDPOINTS: readonly PlanEndpoint[] = PLANS.flatMap((plan) =>
  Object.entries(ENDPOINTS[plan]).flatMap(([region, endpoint]: [string, string | undefined]) =>
    endpoint === undefined ? [] : [{ plan, region, endpoint }],
  ),
);

/** Every region that some plan has, the default one first. */
export const REGIONS: readonly string[] = Object.keys(REGION_IDS);

/** The names by which a user chooses an endpoint. */
export interface EndpointChoice {
  plan: string;
  /** Undefined: the default one of the plan. */
  region: string | undefined;
  /** The id of a workspace, which has a host of its own. */
  workspace?: string | undefined;
}

/**
 * The endpoint that the user chooses by plan, region and workspace.
 * @param source for messages: `--plan`, `profile work`
 * @throws UsageError `unknown_plan`, `unknown_region`, whose hint lists what exists;
 *   `workspace_needed`, `invalid_workspace`
 */
export function planEndpoint(choice: EndpointChoice, source: string): PlanEndpoint {
  const { workspace } = choice;
  const plan = PLANS.find((one) => one === choice.plan);
  if (plan === undefined) {
    throw new UsageError(`${source}: there is no plan "${choice.plan}"`, {
      code: 'unknown_plan',
      hint: `The plans are ${PLANS.join(', ')}.`,
    });
  }
  const endpoints: Readonly<Record<string, string | undefined>> = ENDPOINTS[plan];
  const [first = ''] = Object.keys(endpoints);
  const { region = first } = choice;
  if (!Object.hasOwn(endpoints, region)) {
    throw new UsageError(`${source}: the ${plan} plan has no region "${region}"`, {
      code: 'unknown_region',
      hint: `Its regions are ${Object.keys(endpoints).join(', ')}.`,
    });
  }
  if (workspace !== undefined) {
    const endpoint = workspaceEndpoint(workspace, { plan, region, source });
    return { plan, region, workspace, endpoint };
  }
  const endpoint = endpoints[region];
  if (endpoint !== undefined) return { plan, region, endpoint };
  throw new UsageError(`${source}: in region ${region} each workspace has an address of its own`, {
    code: 'workspace_needed',
    hint: `Name the workspace, whose id is on the page of your API keys: --region ${region} --workspace ID`,
  });
}

/**
 * The endpoint of a workspace: `https://ID.REGION.maas.aliyuncs.com/compatible-mode/v1`.
 * @throws UsageError `invalid_workspace`
 */
function workspaceEndpoint(
  id: string,
  { plan, region, source }: { plan: Plan; region: string; source: string },
): string {
  const wrong = (message: string) =>
    new UsageError(`${source}: ${message}`, { code: 'invalid_workspace' });
  if (plan !== 'standard') throw wrong(`the ${PLAN_TITLES[plan]} knows no workspaces`);
  // One label of a host name, so that the key goes to Qwen whatever the id is.
  if (!/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(id) || id.toLowerCase() === TOKEN_PLAN) {
    throw wrong(`${JSON.stringify(id)} is no id of a workspace, such as ws-1a2b3c4d`);
  }
  return `https://${id.toLowerCase()}.${REGION_IDS[region]}.maas.aliyuncs.com/compatible-mode/v1`;
}

/** The plan, region and workspace whose endpoint is this base URL; undefined for any other URL. */
export function planOfEndpoint(base_url: string): PlanEndpoint | undefined {
  const fixed = PLAN_ENDPOINTS.find(({ endpoint }) => endpoint === base_url);
  if (fixed) return fixed;
  const [, workspace = '', id] =
    /^https:\/\/([a-z0-9-]+)\.([a-z0-9-]+)\.maas\.aliyuncs\.com\/compatible-mode\/v1$/.exec(
      base_url,
    ) ?? [];
  const region = REGIONS.find((one) => REGION_IDS[one] === id);
  if (region === undefined || workspace === TOKEN_PLAN) return undefined;
  return { plan: 'standard', region, workspace, endpoint: base_url };
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
