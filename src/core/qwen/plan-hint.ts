import { PLAN_PLACES, type PlanPlace } from './plans.ts';

const NAMES = { standard: 'standard plan', coding: 'Coding Plan', token: 'Token Plan' } as const;

/**
 * What to do when one of Qwen's hosts refuses a key: it may belong to another plan or region, and
 * the key does not tell which (`sk-sp-` begins those of two plans).
 */
export function planHint(host: string): string {
  const here = PLAN_PLACES.find(({ endpoint }) => new URL(endpoint).host === host);
  const others = PLAN_PLACES.filter((place) => place !== here);
  const flags = others.map(flagsOf);
  const width = Math.max(...flags.map((text) => text.length));
  const is = here ? `the ${NAMES[here.plan]}'s, in region ${here.region}` : 'one of several';
  return [
    `The endpoint at ${host} is ${is}; a key of one plan or region is refused at another's.`,
    'Check the key, or go where it belongs:',
    ...others.map(({ endpoint }, index) => `  ${flags[index]?.padEnd(width)}  ${endpoint}`),
  ].join('\n');
}

function flagsOf({ plan, region }: PlanPlace): string {
  return region === 'cn' ? `--plan ${plan}` : `--plan ${plan} --region ${region}`;
}
