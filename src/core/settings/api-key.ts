import { DEFAULT_ENDPOINT } from '../qwen/endpoint.ts';
import { UsageError } from '../errors.ts';
import { given } from '../given.ts';
import { isLocalHost, isLoopbackHost } from '../qwen/hosts.ts';
import {
  byDefault,
  type Environment,
  fromEnvironment,
  requireUnquoted,
  type Sourced,
  strongest,
} from './layers.ts';
import type { NamedEndpoints } from './named-endpoints.ts';
import { type Plan, planOfHost, planEndpoint } from '../qwen/plans.ts';

/** A variable that may hold an API key, and the plan such a key is for. */
interface KeyVariable {
  name: string;
  /** Undefined: for hosts that are not Qwen's. */
  plan: Plan | undefined;
}

/** Without a base URL the first one that is set is used. */
const KEY_VARIABLES: readonly KeyVariable[] = [
  { name: 'DASHSCOPE_API_KEY', plan: 'standard' },
  { name: 'BAILIAN_CODING_PLAN_API_KEY', plan: 'coding' },
  { name: 'BAILIAN_TOKEN_PLAN_API_KEY', plan: 'token' },
  // As other programs call them.
  { name: 'ALIBABA_CODING_PLAN_API_KEY', plan: 'coding' },
  { name: 'ALIBABA_TOKEN_PLAN_API_KEY', plan: 'token' },
  { name: 'OPENAI_API_KEY', plan: undefined },
];

/** The variable with the address of a server that needs no key. */
export const OLLAMA_HOST = 'OLLAMA_HOST';

/** An API key and the endpoint it is sent to. The `value` of `key` is a secret. */
export interface KeySetting {
  key: Sourced<string> | undefined;
  endpoint: Sourced<string>;
  /** Whether a key that the profile stores for this endpoint comes before `key`. */
  stored: boolean;
  /** Variables with keys that are not used. */
  unused: readonly string[];
  /** The plan of `key` and that of the endpoint, when they differ: the endpoint will refuse the key. */
  mismatch?: { key: Plan; endpoint: Plan } | undefined;
}

type FoundKey = KeyVariable & { key: Sourced<string> };

/**
 * Whether requests can be sent: with a key, or to a server that needs none: in the user's own
 * network, or the Ollama of `OLLAMA_HOST`.
 */
export function isUsable({ key, endpoint }: Pick<KeySetting, 'key' | 'endpoint'>): boolean {
  if (key !== undefined || endpoint.source === OLLAMA_HOST) return true;
  return isLocalHost(new URL(endpoint.value).hostname);
}

/** The plan that the first key in the environment is for. */
export function planOfKeys(env: Environment): Plan | undefined {
  return foundIn(env).find(({ plan }) => plan !== undefined)?.plan;
}

/** The variable for a key of a plan. */
export function keyVariableOf(plan: Plan): string | undefined {
  return KEY_VARIABLES.find((one) => one.plan === plan)?.name;
}

/** The variables that hold a key. */
export function keysIn(env: Environment): string[] {
  return foundIn(env).map(({ name }) => name);
}

/** The environment without API keys. */
export function withoutKeys(env: Environment): Environment {
  return { ...env, ...Object.fromEntries(KEY_VARIABLES.map(({ name }) => [name, undefined])) };
}

/**
 * Which key is sent to which endpoint; undefined when there is neither a key nor a base URL.
 *
 * With a base URL, the key of the plan that its host serves comes strongest, then the stored one. A
 * DashScope key is never sent to a foreign host that only `OPENAI_BASE_URL` or `OPENAI_API_BASE` names:
 * they are usually set for another program. `OPENAI_API_KEY` counts only with a base URL, and not when
 * only the profile names that URL: the profile may store a key of its own.
 * @param asks_for_key whether the user names the method `api-key`: then a key may be stored
 * @throws UsageError `foreign_base_url` when a key is set that must not be sent to the endpoint
 */
export function keySetting(
  named: NamedEndpoints,
  env: Environment,
  asks_for_key: boolean,
): KeySetting | undefined {
  const base_url = strongest(named.flag, named.environment, named.profile);
  const found = foundIn(env);
  const choose = (chosen: FoundKey | undefined, endpoint: Sourced<string>, stored: boolean) => {
    const others = found.filter((one) => one !== chosen);
    const key = chosen && requireUnquoted(chosen.key);
    const unused = others.map(({ name }) => name);
    return { key, endpoint, stored, unused, ...given({ mismatch: mismatchOf(chosen, endpoint) }) };
  };

  if (base_url === undefined) {
    const key = found.find(({ plan }) => plan !== undefined);
    if (key?.plan !== undefined) {
      const { endpoint } = planEndpoint({ plan: key.plan, region: undefined }, key.name);
      return choose(key, { ...key.key, value: endpoint }, false);
    }
    return asks_for_key ? choose(undefined, byDefault(DEFAULT_ENDPOINT), true) : undefined;
  }

  const { hostname } = new URL(base_url.value);
  const only_in_profile = named.flag === undefined && named.environment === undefined;
  const at_home = found.find(({ plan }) => plan === planOfHost(hostname));
  if (at_home && !(asks_for_key && only_in_profile && at_home.plan === undefined)) {
    return choose(at_home, base_url, false);
  }
  const [key] = found;
  if (key?.plan === undefined || mayReceive(base_url, hostname)) {
    return choose(key, base_url, asks_for_key);
  }
  if (asks_for_key) return choose(undefined, base_url, true);
  throw new UsageError(`${key.name} is not sent to ${hostname}`, {
    code: 'foreign_base_url',
    hint:
      `Only ${base_url.source} names ${hostname}. Set OPENAI_API_KEY for it, ` +
      `name it with --base-url, or unset ${base_url.source}.`,
  });
}

function mismatchOf(chosen: FoundKey | undefined, endpoint: Sourced<string>) {
  const plan = planOfHost(new URL(endpoint.value).hostname);
  if (chosen?.plan === undefined || plan === undefined || chosen.plan === plan) return undefined;
  return { key: chosen.plan, endpoint: plan };
}

/** Whether a key of Qwen's may be sent to a host. */
function mayReceive({ source }: Sourced<string>, hostname: string): boolean {
  const foreign = planOfHost(hostname) === undefined && !isLoopbackHost(hostname);
  return !foreign || !source.startsWith('OPENAI_');
}

function foundIn(env: Environment): FoundKey[] {
  return KEY_VARIABLES.flatMap((variable) => {
    const key = fromEnvironment(env, variable.name);
    return key ? [{ ...variable, key }] : [];
  });
}
