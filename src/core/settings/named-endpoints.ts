import { parseEndpoint } from '../qwen/endpoint.ts';
import { type Environment, fromEnvironment, fromFlag, type Sourced } from './layers.ts';
import { type Plan, planEndpoint } from '../qwen/plans.ts';
import { fromProfile, type ProfileSetting } from './profile.ts';

/** The API base URLs a user named, in each of the layers, normalized. */
export interface NamedEndpoints {
  /** `--base-url`, or `--plan` and `--region`. */
  flag: Sourced<string> | undefined;
  environment: Sourced<string> | undefined;
  profile: Sourced<string> | undefined;
}

export interface EndpointFlags {
  baseUrl?: string;
  plan?: string;
  region?: string;
}

/**
 * @param plan_of_keys the plan that a region belongs to when none is named
 * @throws UsageError for a base URL, a plan or a region that is none, naming its source
 */
export function namedEndpoints(
  flags: EndpointFlags,
  env: Environment,
  profile: ProfileSetting,
  plan_of_keys: Plan | undefined,
): NamedEndpoints {
  const recorded = {
    base_url: fromProfile(profile, 'base_url'),
    plan: fromProfile(profile, 'plan'),
    region: fromProfile(profile, 'region'),
  };
  const given = {
    base_url: fromFlag('--base-url', flags.baseUrl),
    plan: fromFlag('--plan', flags.plan),
    region: fromFlag('--region', flags.region),
  };
  const fallback = plan_of_keys ?? 'standard';
  return {
    // A region alone picks another one of the same plan.
    flag: endpointOf(given, recorded.plan?.value ?? fallback),
    environment: parsed(fromEnvironment(env, 'OPENAI_BASE_URL', 'DASHSCOPE_BASE_URL')),
    profile: endpointOf(recorded, fallback),
  };
}

interface Layer {
  base_url: Sourced<string> | undefined;
  plan: Sourced<string> | undefined;
  region: Sourced<string> | undefined;
}

/** A base URL beats a plan beside it, but does not hide that the plan is none. */
function endpointOf(layer: Layer, fallback: string): Sourced<string> | undefined {
  const { base_url, plan, region } = layer;
  const source = (plan ?? region)?.source;
  const place = source && planEndpoint(plan?.value ?? fallback, region?.value, source);
  if (base_url) return parsed(base_url);
  return place ? { value: place.endpoint, source } : undefined;
}

function parsed(named: Sourced<string> | undefined): Sourced<string> | undefined {
  return named && { ...named, value: parseEndpoint(named.value, named.source) };
}
