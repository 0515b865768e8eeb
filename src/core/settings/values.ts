/** Settings that are more than any text: understood, or refused with the name of their source. */
import { parseDuration } from '../duration.ts';
import { UsageError } from '../errors.ts';
import type { Timeouts } from '../http/message.ts';
import { LONGEST_CONNECT } from '../http/timeouts.ts';
import { first, type Sourced } from './layers.ts';
import type { ProfileSetting } from './profile.ts';

/** @throws UsageError `invalid_setting` */
export function oneOf<T extends string>(setting: Sourced<string>, known: readonly T[]): Sourced<T> {
  const value = known.find((one) => one === setting.value);
  if (value !== undefined) return { ...setting, value };
  throw new UsageError(`${setting.source} must be ${known.join(' or ')}, not "${setting.value}"`, {
    code: 'invalid_setting',
  });
}

/** @throws UsageError `invalid_user_agent` */
export function userAgent(agent: Sourced<string> | undefined): Sourced<string> | undefined {
  // RFC 9110 §5.5: a field value is visible ASCII, spaces and tabs.
  if (agent && !/^[\t\x20-\x7e]+$/.test(agent.value)) {
    throw new UsageError(`${agent.source} holds characters that no header may hold`, {
      code: 'invalid_user_agent',
    });
  }
  return agent;
}

/**
 * One limit for every wait, for connecting 30 s at most: no system waits for much longer.
 * @throws UsageError `invalid_duration`
 */
export function timeouts(timeout: Sourced<string> | undefined): Partial<Timeouts> {
  if (timeout === undefined) return {};
  const ms = named(timeout, parseDuration);
  return { connect: Math.min(ms, LONGEST_CONNECT), headers: ms, body: ms };
}

/** @throws UsageError `invalid_max_retries` */
export function maxRetries(retries: Sourced<string> | undefined): Sourced<number> | undefined {
  if (retries === undefined) return undefined;
  if (!/^\d{1,2}$/.test(retries.value)) {
    throw new UsageError(`${retries.source} must be a whole number from 0 to 99`, {
      code: 'invalid_max_retries',
    });
  }
  return { ...retries, value: Number(retries.value) };
}

/**
 * RFC 8707 §2: absolute URIs without a fragment.
 * @throws UsageError `invalid_resource`
 */
export function resources(
  flag: readonly string[] | undefined,
  { value: name, recorded }: ProfileSetting,
): Sourced<string[]> | undefined {
  const setting = first(
    flag && { value: [...flag], source: '--resource' },
    recorded?.resource === undefined
      ? undefined
      : { value: [recorded.resource].flat(), source: `profile ${name}` },
  );
  for (const uri of setting?.value ?? []) {
    if (URL.canParse(uri) && !uri.includes('#')) continue;
    throw new UsageError(`${setting?.source}: "${uri}" is not a resource`, {
      code: 'invalid_resource',
      hint: 'A resource is an absolute URI without a fragment: https://api.example.com/v1',
    });
  }
  return setting;
}

/** Puts the source before the message of a parser that does not know it. */
function named<T>({ value, source }: Sourced<string>, parse: (text: string) => T): T {
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const { code, hint } = error;
    throw new UsageError(`${source}: ${error.message}`, { code, ...(hint && { hint }) });
  }
}
