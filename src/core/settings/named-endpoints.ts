import { given } from '../given.ts';
import { otherApi } from '../qwen/api-url.ts';
import { parseEndpoint } from '../qwen/endpoint.ts';
import { type Plan, planEndpoint } from '../qwen/plans.ts';
import { fromEnvironment, fromFlag, requireUnquoted, type Sourced } from './layers.ts';
import { camelCase, fromProfile, type Layers, setting, SETTINGS } from './definitions.ts';

/** The API base URL that each layer names, normalized. */
export interface NamedEndpoints {
  /** `--base-url`, else `--plan`, `--region` and `--workspace`. */
  flag: Sourced<string> | undefined;
  environment: Sourced<string> | undefined;
  profile: Sourced<string> | undefined;
}

/**
 * @param plan_of_keys the plan of a region without a plan
 * @throws UsageError `invalid_base_url`, `unknown_plan`, `unknown_region`, `workspace_needed`,
 *   `invalid_workspace`, `empty_flag` or `empty_setting`; the message names where the value comes from
 */
export function namedEndpoints(layers: Layers, plan_of_keys: Plan | undefined): NamedEndpoints {
  const { flags, env, profile } = layers;
  const allow_http = setting('allow_http', layers)?.value;
  const recorded = layerOf((key) => fromProfile(profile, key));
  const of_flags = layerOf((key) => fromFlag(`--${key.replace('_', '-')}`, flags[camelCase(key)]));
  const fallback = plan_of_keys ?? 'standard';
  return {
    // A region alone is one of the profile's plan, a workspace alone is in the profile's region.
    flag: endpointOf(
      { ...of_flags, allow_http },
      recorded.plan?.value ?? fallback,
      recorded.region?.value,
    ),
    environment: parsed(fromEnvironment(env, ...SETTINGS.base_url.variables), allow_http),
    profile: endpointOf({ ...recorded, allow_http }, fallback),
  };
}

const ENDPOINT_KEYS = ['base_url', 'plan', 'region', 'workspace'] as const;
type EndpointKey = (typeof ENDPOINT_KEYS)[number];
type EndpointLayer = Record<EndpointKey, Sourced<string> | undefined>;
type AllowHttp = { allow_http: boolean | undefined };

function layerOf(find: (key: EndpointKey) => Sourced<string> | undefined): EndpointLayer {
  return Object.fromEntries(ENDPOINT_KEYS.map((key) => [key, find(key)])) as EndpointLayer;
}

/** A base URL comes before a plan of the same layer, which is checked all the same. */
function endpointOf(
  { base_url, plan, region, workspace, allow_http }: EndpointLayer & AllowHttp,
  other_plan: string,
  other_region?: string,
): Sourced<string> | undefined {
  const named = plan ?? region ?? workspace;
  const choice = {
    // Only the standard plan has workspaces.
    plan: plan?.value ?? (workspace ? 'standard' : other_plan),
    region: region?.value ?? (workspace && other_region),
    workspace: workspace?.value,
  };
  const found = named && planEndpoint(choice, named.source);
  if (base_url) return parsed(base_url, allow_http);
  return found && { ...named, value: found.endpoint };
}

function parsed(
  named: Sourced<string> | undefined,
  allow_http: boolean | undefined,
): Sourced<string> | undefined {
  if (named === undefined) return undefined;
  const { value, source } = requireUnquoted(named);
  const endpoint = parseEndpoint(value, source, allow_http);
  return { ...named, value: endpoint, ...given({ other_api: otherApi(value, endpoint) }) };
}
