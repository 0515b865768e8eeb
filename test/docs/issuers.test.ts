import { readFile, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createInProcessHome } from '../helpers/in-process-home.ts';
import { bodyOf, loopback, type Loopback } from '../helpers/loopback.ts';
import { type IssuerCase, ISSUERS } from './issuers.cases.ts';

const page = await readFile(new URL('../../docs/issuers.md', import.meta.url), 'utf8');
const rows = [...page.matchAll(/^\| (?!issuer |---)(.+?) \| (.+?) \|(?: (.+?) \|)?$/gm)];
const commands = rows.filter(([, , cell]) => cell?.startsWith('`'));

const home = await createInProcessHome();
afterAll(() => home[Symbol.asyncDispose]());

/** What a request asked, with the form of a POST. */
interface Asked {
  url: string;
  form: URLSearchParams;
  headers: IncomingMessage['headers'];
}

/** Loopback servers that stand for the hosts of one issuer and of the API. */
async function hostsOf(issuer: IssuerCase) {
  const asked: Asked[] = [];
  const servers = new Map<string, Loopback>();
  const state = { polls: 0 };
  const urls = [issuer.device_endpoint, issuer.token_endpoint, issuer.metadata?.[0] ?? ''];
  const hosts = [...urls, 'https://llm.example.com']
    .filter(Boolean)
    .map((url) => new URL(url).host);
  for (const host of new Set(hosts)) {
    const server = await loopback(async (request, response) => {
      const url = `https://${host}${request.url}`;
      const form = new URLSearchParams(await bodyOf(request));
      asked.push({ url, form, headers: request.headers });
      const [status, body] = answerOf(issuer, state, { url, form, headers: request.headers });
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(local(JSON.stringify(body)));
    });
    servers.set(host, server);
  }
  /** The text with the loopback servers in the place of the real hosts. */
  function local(text: string): string {
    return [...servers].reduce(
      (result, [host, { url }]) =>
        result.replaceAll(`https://${host}`, url).replaceAll(host, new URL(url).host),
      text,
    );
  }
  return {
    asked,
    local,
    [Symbol.asyncDispose]: async () => {
      for (const server of servers.values()) await server[Symbol.asyncDispose]();
    },
  };
}

function answerOf(
  issuer: IssuerCase,
  state: { polls: number },
  { url, form, headers }: Asked,
): readonly [number, unknown] {
  const { metadata, device_endpoint, token_endpoint } = issuer;
  if (url === metadata?.[0]) return [200, metadata[1]];
  if (url.startsWith('https://llm.example.com/')) {
    return [200, { choices: [{ message: { content: 'OK' }, finish_reason: 'stop' }] }];
  }
  if (url === revocationOf(issuer)) return [200, {}];
  if (url !== device_endpoint && url !== token_endpoint) return [404, { error: 'not found' }];
  const refusal = issuer.refuses?.(form, headers.authorization !== undefined);
  if (refusal) return [400, { error: refusal }];
  if (url === device_endpoint) return [200, issuer.device];
  if (form.get('grant_type') === 'refresh_token') return [200, issuer.token];
  state.polls += 1;
  return state.polls === 1 ? issuer.pending : [200, issuer.token];
}

function revocationOf({ metadata }: IssuerCase): string | undefined {
  return metadata?.[1].revocation_endpoint;
}

const words = (command: string) =>
  [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');

test.each(commands.map(([, name, cell]) => ({ name, cell })))(
  'the command for $name signs in',
  async ({ name, cell }) => {
    const issuer = ISSUERS.find((one) => one.issuer === name)!;
    await using hosts = await hostsOf(issuer);
    const secret = join(home.home, 'secret.txt');
    await home.furnish([]);
    await writeFile(secret, 'SECRET\n');
    const [program, ...args] = words(hosts.local(cell!.replaceAll('`', '')));
    expect(program).toBe('qwen-demo');
    const login = args.map((arg) => (arg === 'secret.txt' ? secret : arg));

    const run = await home.run([...login, '--no-browser']);
    expect(run).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/Signed in[\s\S]+test +ok/),
    });
    const stored = await home.read('oauth_creds.json');
    expect(JSON.parse(stored)).toMatchObject(
      JSON.parse(hosts.local(JSON.stringify({ client_id: 'ID', ...issuer.stores }))) as object,
    );
    expect(await home.run(['chat', '-p', 'hi'])).toMatchObject({ code: 0, stdout: 'OK\n' });
    if ('refresh_token' in issuer.token) {
      expect(await home.run(['auth', 'refresh', '--force'])).toMatchObject({ code: 0 });
    }

    expect(await home.run(['auth', 'logout'])).toMatchObject({ code: 0 });
    const revoked = hosts.asked.filter(({ url }) => url === revocationOf(issuer));
    expect(revoked.map(({ form }) => form.get('client_secret'))).toEqual(
      revocationOf(issuer) === undefined ? [] : [issuer.sends.client_secret ?? null],
    );

    const device = hosts.asked.find(({ url }) => url === issuer.device_endpoint)!;
    const sends = JSON.parse(hosts.local(JSON.stringify(issuer.sends))) as object;
    for (const [field, value] of Object.entries({ client_id: 'ID', ...sends })) {
      expect([field, device.form.get(field)]).toEqual([field, value]);
    }
    for (const { headers, form } of hosts.asked) {
      expect(headers).not.toHaveProperty('x-request-id');
      expect(form.get('client_id') ?? 'ID').toBe('ID');
    }
  },
);

test('every issuer has a command, and a row about what to set up and what it answers', () => {
  const names = ISSUERS.map(({ issuer }) => issuer);
  expect(commands.map(([, name]) => name)).toEqual(names);
  const facts = rows.filter((row) => !commands.includes(row));
  expect(facts.map(([, name]) => name)).toEqual(names);
});
