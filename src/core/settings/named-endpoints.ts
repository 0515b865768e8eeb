import { parseEndpoint } from '../qwen/endpoint.ts';
import { type Plan, planEndpoint } from '../qwen/plans.ts';
import { fromEnvironment, fromFlag, requireUnquoted, type Sourced } from './layers.ts';
import { fromProfile, type Layers, SETTINGS } from './definitions.ts';

/** The API base URL that each layer names, normalized. */
export interface NamedEndpoints {
  /** `--base-url`, else `--plan` and `--region`. */
  flag: Sourced<string> | undefined;
  environment: Sourced<string> | undefined;
  profile: Sourced<string> | undefined;
}

/**
 * @param plan_of_keys the plan of a region without a plan
 * @throws UsageError `invalid_base_url`, `unknown_plan`, `unknown_region`, `empty_flag` or
 *   `empty_setting`; the message names where the value comes from
 */
export function namedEndpoints(
  { flags, env, profile }: Layers,
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
    // A region alone is one of the profile's plan.
    flag: endpointOf(given, recorded.plan?.value ?? fallback),
    environment: parsed(fromEnvironment(env, ...SETTINGS.base_url.variables)),
    profile: endpointOf(recorded, fallback),
  };
}

interface EndpointLayer {
  base_url: Sourced<string> | undefined;
  plan: Sourced<string> | undefined;
  region: Sourced<string> | undefined;
}

/** A base URL comes before a plan of the same layer, which is checked all the same. */
function endpointOf(layer: EndpointLayer, fallback: string): Sourced<string> | undefined {
  const { base_url, plan, region } = layer;
  const named = plan ?? region;
  const found = named && planEndpoint(plan?.value ?? fallback, region?.value, named.source);
  if (base_url) return parsed(base_url);
  return found && { ...named, value: found.endpoint };
}

function parsed(named: Sourced<string> | undefined): Sourced<string> | undefined {
  if (named === undefined) return undefined;
  const { value, source } = requireUnquoted(named);
  return { ...named, value: parseEndpoint(value, source) };
}
