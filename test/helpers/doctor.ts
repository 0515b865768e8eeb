import { chmod } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { createInProcessHome, type InProcessHome } from './in-process-home.ts';

/** The time of the clock in these tests. */
export const NOW = 1_800_000_000_000;
export const KEY = 'sk-0123456789abcdef';
export const LOGIN = {
  access_token: 'access-0123456789',
  refresh_token: 'refresh-0123456789',
  token_type: 'Bearer',
  resource_url: 'portal.qwen.ai',
  expiry_date: NOW + 3_600_000,
};

export interface DoctorReport {
  code: number;
  ok: boolean;
  /** The lines of the report of a check: `ok: ...`, and its hint. */
  of(check: string): string;
  stdout: string;
  /** Everything that is printed. */
  all: string;
}

/** A home with a server that lists models, in which doctor runs. */
export interface DoctorHome extends InProcessHome {
  /** Empties the home. */
  begin(): Promise<void>;
  doctor(env?: Record<string, string>, flags?: string[]): Promise<DoctorReport>;
  /** The variables with the server and its key. */
  withKey(): Record<string, string>;
}

export async function createDoctorHome(): Promise<DoctorHome> {
  const home = await createInProcessHome();
  return {
    ...home,
    async begin() {
      await chmod(home.home, 0o700);
      await home.furnish([]);
      home.answer(models('qwen3-coder-plus', 'qwen3-max'));
    },
    async doctor(env = {}, flags = []) {
      const { code, stdout, stderr } = await home.run(['doctor', '--json', ...flags], env);
      const { checks, ok } = JSON.parse(stdout) as {
        ok: boolean;
        checks: { check: string; status: string; message: string; hint: string | null }[];
      };
      const of = (name: string) =>
        checks
          .filter(({ check }) => check === name)
          .map(({ status, message, hint }) => [`${status}: ${message}`, hint].join('\n'))
          .join('\n');
      return { code, ok, of, stdout, all: stdout + stderr };
    },
    withKey: () => ({ OPENAI_BASE_URL: `${home.url}/v1`, OPENAI_API_KEY: KEY }),
  };
}

const models =
  (...ids: string[]): RequestListener =>
  (request, response) => {
    const known = request.headers.authorization === `Bearer ${KEY}`;
    const body = known ? { data: ids.map((id) => ({ id })) } : { error: { message: 'Who?' } };
    response.writeHead(known ? 200 : 401, { date: new Date(NOW).toUTCString() });
    response.end(JSON.stringify(body));
  };
