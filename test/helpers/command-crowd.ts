import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { rotatingIssuer, stored } from './rotating-issuer.ts';
import { createHome, type Result } from './program.ts';

/** What list-models keeps beside the credentials. */
const KEPT = 'last-models.json';

export interface CrowdReport {
  /** Refresh requests that the server saw. */
  requests: number;
  /** What every process printed, or how it failed, each different text once. */
  outcomes: string[];
  /** The names in the folder of the credentials afterwards. */
  left: string[];
  /** Milliseconds from the first start to the last exit. */
  total: number;
  /** Milliseconds of the process that took longest, from its start to its exit. */
  slowest: number;
}

export interface CrowdOptions {
  count: number;
  /** What is the matter with the stored token: nothing, it has expired, or the API rejects it. */
  token: 'valid' | 'expired' | 'rejected';
  /** Milliseconds that a refresh takes. */
  latency: number;
}

const LATER = Date.now() + 3_600_000;

/** Starts the built program many times at once, all with one login. */
export async function crowd({ count, token, latency }: CrowdOptions): Promise<CrowdReport> {
  await using issuer = await rotatingIssuer({ latency });
  await using home = await createHome({
    QWEN_DEMO_OAUTH_BASE_URL: issuer.url,
    QWEN_DEMO_AUTH: 'oauth',
  });
  await mkdir(dirname(home.credentials), { recursive: true });
  const life = stored(1, token === 'expired' ? 0 : LATER);
  const credentials = { ...life, resource_url: issuer.url };
  await writeFile(home.credentials, JSON.stringify(credentials), { mode: 0o600 });
  if (token === 'rejected') issuer.state.accepted = 2;
  // Only a request to the API can get a 401.
  const args = token === 'rejected' ? ['list-models'] : ['auth', 'token'];

  const begun = performance.now();
  const running: Promise<{ result: Result; ms: number }>[] = [];
  for (let index = 0; index < count; index += 1) {
    const started = performance.now();
    const ended = home.run(args);
    running.push(ended.then((result) => ({ result, ms: performance.now() - started })));
    // Starting a process blocks this one, whose server has to answer in between.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const ends = await Promise.all(running);
  return {
    requests: issuer.state.requests,
    outcomes: [...new Set(ends.map(({ result }) => outcomeOf(result)))],
    left: (await readdir(dirname(home.credentials))).filter((name) => name !== KEPT),
    total: Math.round(performance.now() - begun),
    slowest: Math.round(Math.max(...ends.map(({ ms }) => ms))),
  };
}

const outcomeOf = ({ code, stdout, stderr }: Result) =>
  code === 0 ? stdout : `${code}: ${stderr}`;
