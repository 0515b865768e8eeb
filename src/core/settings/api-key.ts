import { DEFAULT_ENDPOINT } from '../qwen/endpoint.ts';
import { UsageError } from '../errors.ts';
import { isLoopbackHost } from '../qwen/hosts.ts';
import { byDefault, type Environment, first, fromEnvironment, type Sourced } from './layers.ts';
import type { NamedEndpoints } from './named-endpoints.ts';
import { type Plan, planOfHost, planEndpoint } from '../qwen/plans.ts';

/** A variable that may hold an API key, and the plan such a key is for. */
interface KeyVariable {
  name: string;
  /** Undefined: for hosts that are not Qwen's. */
  plan: Plan | undefined;
}

/** In the order in which they are taken when no base URL says more. */
const KEY_VARIABLES: readonly KeyVariable[] = [
  { name: 'DASHSCOPE_API_KEY', plan: 'standard' },
  { name: 'BAILIAN_CODING_PLAN_API_KEY', plan: 'coding' },
  { name: 'BAILIAN_TOKEN_PLAN_API_KEY', plan: 'token' },
  { name: 'OPENAI_API_KEY', plan: undefined },
];

/** An API key with the endpoint it is sent to. The key's `value` is a secret. */
export interface KeyAccess {
  key: Sourced<string> | undefined;
  endpoint: Sourced<string>;
  /** Whether the profile's stored key comes before `key`, if there is one for this endpoint. */
  stored: boolean;
  /** Variables that hold keys which are not used. */
  unused: readonly string[];
}

type Candidate = KeyVariable & { key: Sourced<string> };

/** The plan that the first key in the environment is for. */
export function planOfKeys(env: Environment): Plan | undefined {
  return candidatesIn(env).find(({ plan }) => plan !== undefined)?.plan;
}

/** The variables that hold a key. */
export function keysIn(env: Environment): string[] {
  return candidatesIn(env).map(({ name }) => name);
}

/** An environment in which no key is set, to look at everything else. */
export function withoutKeys(env: Environment): Environment {
  return { ...env, ...Object.fromEntries(KEY_VARIABLES.map(({ name }) => [name, undefined])) };
}

/**
 * Which key goes to which endpoint; undefined when there is neither key nor base URL.
 *
 * With a base URL, a key whose plan it belongs to comes first, then the stored one. A DashScope key
 * never goes to a foreign host that stands only in `OPENAI_BASE_URL`, because that variable is
 * usually there for another program. `OPENAI_API_KEY` counts only beside a base URL, and not where
 * only the profile names that and may have a key of its own.
 * @param asks_for_key whether an API key was asked for by name: then one may be stored
 * @throws UsageError when a key is there but must not be sent
 */
export function keyAccess(
  named: NamedEndpoints,
  env: Environment,
  asks_for_key: boolean,
): KeyAccess | undefined {
  const base_url = first(named.flag, named.environment, named.profile);
  const candidates = candidatesIn(env);
  const choose = (candidate: Candidate | undefined, endpoint: Sourced<string>, stored: boolean) => {
    const others = candidates.filter((one) => one !== candidate);
    return { key: candidate?.key, endpoint, stored, unused: others.map(({ name }) => name) };
  };

  if (base_url === undefined) {
    const candidate = candidates.find(({ plan }) => plan !== undefined);
    if (candidate?.plan !== undefined) {
      const { endpoint } = planEndpoint(candidate.plan, undefined, candidate.name);
      return choose(candidate, { value: endpoint, source: candidate.name }, false);
    }
    return asks_for_key ? choose(undefined, byDefault(DEFAULT_ENDPOINT), true) : undefined;
  }

  const { hostname } = new URL(base_url.value);
  const only_in_profile = named.flag === undefined && named.environment === undefined;
  const at_home = candidates.find(({ plan }) => plan === planOfHost(hostname));
  if (at_home && !(asks_for_key && only_in_profile && at_home.plan === undefined)) {
    return choose(at_home, base_url, false);
  }
  const [candidate] = candidates;
  if (candidate?.plan === undefined || mayReceive(base_url, hostname)) {
    return choose(candidate, base_url, asks_for_key);
  }
  if (asks_for_key) return choose(undefined, base_url, true);
  throw new UsageError(`${candidate.name} is not sent to ${hostname}`, {
    code: 'foreign_base_url',
    hint:
      `${hostname} stands only in OPENAI_BASE_URL. Set OPENAI_API_KEY for it, ` +
      `name it with --base-url, or unset OPENAI_BASE_URL.`,
  });
}

/** Whether a key of Qwen's may go to a host. */
function mayReceive({ source }: Sourced<string>, hostname: string): boolean {
  const foreign = planOfHost(hostname) === undefined && !isLoopbackHost(hostname);
  return !foreign || source !== 'OPENAI_BASE_URL';
}

function candidatesIn(env: Environment): Candidate[] {
  return KEY_VARIABLES.flatMap((variable) => {
    const key = fromEnvironment(env, variable.name);
    return key ? [{ ...variable, key }] : [];
  });
}
