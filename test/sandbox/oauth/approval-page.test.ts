import { request as send } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../../src/sandbox/server.ts';

const CLIENT_ID = 'f0304373b74a44d2b584a3fb70ca9e56';
const CHALLENGE = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startSandbox();
});
afterEach(() => sandbox.close());

interface Page {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** As a browser that sends exactly these headers: fetch would forbid some. */
function browse(path: string, headers: Record<string, string> = {}, form?: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    const method = form === undefined ? 'GET' : 'POST';
    const request = send(sandbox.url + path, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (part: string) => (text += part));
      response.on('end', () => {
        const entries = Object.entries(response.headers).map(([k, v]) => [k, String(v)]);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(entries) as Record<string, string>,
          text,
        });
      });
    });
    request.on('error', reject);
    request.end(form);
  });
}

async function begin(): Promise<string> {
  const response = await fetch(`${sandbox.url}/api/v1/oauth2/device/code`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: CLIENT_ID,
      code_challenge: CHALLENGE,
      code_challenge_method: 'S256',
      scope: "openid <b>&'bold'",
    }),
  });
  const { user_code } = (await response.json()) as { user_code: string };
  return user_code;
}

interface OpenPage {
  user_code: string;
  cookie: string;
  csrf: string;
}

async function open(user_code: string): Promise<OpenPage & { page: Page }> {
  const page = await browse(`/authorize?user_code=${user_code}`);
  const cookie = page.headers['set-cookie']?.split(';')[0] ?? '';
  const csrf = /name="csrf" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
  return { user_code, cookie, csrf, page };
}

function decide(
  { user_code, cookie, csrf }: OpenPage,
  decision: string,
  headers: Record<string, string> = {},
): Promise<Page> {
  const form = new URLSearchParams({ user_code, csrf, decision }).toString();
  const type = 'application/x-www-form-urlencoded';
  return browse('/authorize', { cookie, 'content-type': type, ...headers }, form);
}

describe('a decision', () => {
  it.each([
    ['approve', 'Approved'],
    ['deny', 'Denied'],
  ])('to %s counts when it comes from the page, and is then shown', async (decision, title) => {
    const opened = await open(await begin());
    const origin = sandbox.url;
    const taken = await decide(opened, decision, { origin, 'sec-fetch-site': 'same-origin' });
    expect(taken.status).toBe(303);
    const after = await browse(taken.headers['location'] ?? '');
    expect(after.text).toContain(`<h1>${title}</h1>`);
    expect(after.text).not.toContain('<form');
  });

  it.each([
    ['from another site', { origin: 'https://evil.example' }],
    ['from another port of this machine', { origin: 'http://127.0.0.1:1' }],
    ['from the other name of this machine', { origin: 'http://localhost:PORT' }],
    ['from a sandboxed frame', { origin: 'null' }],
    ['that the browser calls cross-site', { 'sec-fetch-site': 'cross-site' }],
    ['that the browser calls same-site', { 'sec-fetch-site': 'same-site' }],
    ['without the cookie', { cookie: '' }],
    ['with the cookie of another page', { cookie: `qwen_demo_sandbox=${'A'.repeat(22)}` }],
    ['in another media type', { 'content-type': 'text/plain' }],
  ])('%s does not count', async (_, { ...headers }: Record<string, string>) => {
    const opened = await open(await begin());
    if (headers['origin']) {
      headers['origin'] = headers['origin'].replace('PORT', new URL(sandbox.url).port);
    }
    expect((await decide(opened, 'approve', headers)).status).toBe(403);
    expect((await open(opened.user_code)).page.text).toContain('Approve</button>');
  });

  it('with the CSRF token of another code does not count', async () => {
    const [mine, theirs] = [await open(await begin()), await open(await begin())];
    const mixed = { ...theirs, csrf: mine.csrf };
    expect((await decide({ ...mixed, cookie: mine.cookie }, 'approve')).status).toBe(403);
    expect((await decide(mixed, 'approve')).status).toBe(403);
  });

  it('that is neither approve nor deny does not count, nor does one for an unknown code', async () => {
    const opened = await open(await begin());
    expect((await decide(opened, 'maybe')).status).toBe(403);
    expect((await decide({ ...opened, user_code: 'BBBB-BBBB' }, 'approve')).status).toBe(404);
  });
});

describe('the approval page', () => {
  it('cannot be framed, runs no script and is not cached', async () => {
    const { page } = await open(await begin());
    const policy = page.headers['content-security-policy'] ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("form-action 'self'");
    expect(policy).not.toContain('script-src');
    expect(page.headers).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      // `no-referrer` would make browsers send `Origin: null` with the page's own form.
      'referrer-policy': 'same-origin',
    });
    expect(page.headers['set-cookie']).toMatch(/; HttpOnly; SameSite=Strict$/);
    expect(page.text).not.toMatch(/<script|\son\w+=/i);
  });

  it('escapes all values from requests', async () => {
    const { page } = await open(await begin());
    expect(page.text).toContain('openid &lt;b&gt;&amp;&#39;bold&#39;');
    const unknown = await browse('/authorize?user_code=%3Cscript%3E%22%27');
    expect(unknown.status).toBe(404);
    expect(unknown.text).toContain('&lt;script&gt;&quot;&#39;');
  });

  it('asks for a missing code, and ignores case, spaces and dashes in it', async () => {
    const form = await browse('/authorize');
    expect(form.text).toMatch(/<label for="user_code">[^]*<input id="user_code" name="user_code"/);
    const user_code = await begin();
    const written = user_code.toLowerCase().replace('-', ' ');
    const found = await browse(`/authorize?user_code=${encodeURIComponent(written)}`);
    expect(found.text).toContain(user_code);
  });

  it('keeps its cookie, so that two open pages work', async () => {
    const first = await open(await begin());
    const user_code = await begin();
    const second = await browse(`/authorize?user_code=${user_code}`, { cookie: first.cookie });
    expect(second.headers['set-cookie']?.split(';')[0]).toBe(first.cookie);
    expect((await decide(first, 'approve')).status).toBe(303);
  });
});
