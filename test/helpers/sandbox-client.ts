import { FakeClock } from './fake-clock.ts';
import { startSandbox, type Sandbox, type SandboxOptions } from '../../src/sandbox/server.ts';

export const CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';
export const PATHS = {
  device: '/api/v1/oauth2/device/code',
  token: '/api/v1/oauth2/token',
  revoke: '/api/v1/oauth2/revoke',
} as const;
// RFC 7636, appendix B.
const VERIFIER = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

export const DEVICE_FORM = {
  client_id: CLIENT_ID,
  scope: 'openid model.completion',
  code_challenge: CHALLENGE,
  code_challenge_method: 'S256',
} as const;

/** A response with its JSON body; `{}` for an empty body. */
export interface ClientResponse {
  status: number;
  headers: Headers;
  body: Record<string, unknown>;
}

/** A sandbox with a fake clock, and a client that sends the raw requests of the protocol. */
export class SandboxClient implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly sandbox: Sandbox;

  private constructor(clock: FakeClock, sandbox: Sandbox) {
    this.clock = clock;
    this.sandbox = sandbox;
  }

  static async start(options: SandboxOptions = {}): Promise<SandboxClient> {
    const clock = new FakeClock();
    return new SandboxClient(clock, await startSandbox({ clock, token_ttl: 60, ...options }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.sandbox.close();
  }

  async post(path: string, form: Record<string, string>): Promise<ClientResponse> {
    const body = new URLSearchParams(form);
    const response = await fetch(this.sandbox.url + path, { method: 'POST', body });
    const text = await response.text();
    const json = (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
    return { status: response.status, headers: response.headers, body: json };
  }

  /** Starts a device authorization. */
  async begin(): Promise<{ device_code: string; user_code: string }> {
    const { body } = await this.post(PATHS.device, DEVICE_FORM);
    return { device_code: String(body['device_code']), user_code: String(body['user_code']) };
  }

  poll(device_code: string, form: Record<string, string> = {}): Promise<ClientResponse> {
    return this.post(PATHS.token, {
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
      client_id: CLIENT_ID,
      device_code,
      code_verifier: VERIFIER,
      ...form,
    });
  }

  refresh(refresh_token: unknown, client_id: string = CLIENT_ID): Promise<ClientResponse> {
    const form = { grant_type: 'refresh_token', refresh_token: String(refresh_token), client_id };
    return this.post(PATHS.token, form);
  }

  /** The status of a request to the model API. */
  async models(access_token: unknown): Promise<number> {
    const headers = { authorization: `Bearer ${String(access_token)}` };
    const response = await fetch(`${this.sandbox.url}/v1/models`, { headers });
    await response.body?.cancel();
    return response.status;
  }
}
