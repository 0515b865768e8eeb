import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/server.ts';
import { createHome } from './program.ts';

interface SignedInOptions {
  sandbox?: SandboxOptions;
  /** Laid over the credentials that are stored. */
  change?: Record<string, unknown>;
}

/** A sandbox that approves, and a home whose login was made there as at any issuer (RFC 8414). */
export async function signedIn({ sandbox: options, change }: SignedInOptions = {}) {
  const sandbox = await startSandbox({ interval: 0.2, auto_approve: true, ...options });
  const home = await createHome({ QWEN_DEMO_ISSUER: sandbox.url, QWEN_DEMO_AUTH: 'oauth' });
  const { access_token, refresh_token, resource_url } = sandbox.issue();
  const credentials = {
    access_token,
    refresh_token,
    token_type: 'Bearer',
    resource_url,
    expiry_date: Date.now() + 3_600_000,
    issuer: sandbox.url,
    client_id: 'f0304373b74a44d2b584a3fb70ca9e56',
    token_endpoint: `${sandbox.url}/api/v1/oauth2/token`,
    revocation_endpoint: `${sandbox.url}/api/v1/oauth2/revoke`,
    ...change,
  };
  await put(home.credentials, credentials);
  return {
    sandbox,
    home,
    credentials,
    stored: async () => JSON.parse(await readFile(home.credentials, 'utf8')),
    refreshes: () => sandbox.requests['/api/v1/oauth2/token refresh_token'] ?? 0,
    async [Symbol.asyncDispose]() {
      await home[Symbol.asyncDispose]();
      await sandbox.close();
    },
  };
}

/** Writes a JSON file for its owner only, and the folders it takes. */
export async function put(path: string, json: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, JSON.stringify(json), { mode: 0o600 });
}
