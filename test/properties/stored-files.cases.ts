import { type StoredFile, WRITTEN } from './written-files.cases.ts';

const HOUR = 3_600_000;
/** The time of the clock of the tests. */
const NOW = 1_800_000_000_000;
const SERVER = 'http://SERVER';

/** A login that has expired and can be refreshed. */
export const LOGIN = {
  access_token: 'at-1',
  refresh_token: 'rt-1',
  token_type: 'Bearer',
  resource_url: `${SERVER}/v1`,
  expiry_date: NOW - HOUR,
  issuer: SERVER,
  client_id: 'client',
  token_endpoint: `${SERVER}/token`,
  revocation_endpoint: `${SERVER}/revoke`,
  base_url: `${SERVER}/v1`,
  resource: ['https://api.example.com'],
  of_another_program: { a: [1] },
};

/** Every file that the program reads, sound, with the commands that read it. */
export const FILES: Readonly<Record<string, StoredFile>> = {
  'oauth_creds.json': {
    document: LOGIN,
    commands: [
      'auth status',
      'auth status --json --check',
      'auth token',
      'auth token --json',
      'auth refresh',
      'auth refresh --json --force',
      'auth logout',
      'auth import oauth_creds.json --force --credentials copy.json',
      'chat -p hi --auth oauth',
    ],
  },
  'oauth_creds.refresh-failure.json': {
    document: {
      refresh_token_sha256: 'Ns5KkVAwUlBIsIoW2NpsYZH5eq3mZNcC8qVsjCYZbRI',
      kind: 'auth',
      code: 'invalid_grant',
      message: 'refused',
      hint: 'Sign in',
      id: '1',
    },
    commands: ['auth status --json', 'auth refresh'],
  },
  'api_key.json': {
    document: { api_key: 'sk-1', endpoint: `${SERVER}/v1` },
    commands: [
      'auth status --auth api-key --base-url http://SERVER/v1',
      'list-models --auth api-key --base-url http://SERVER/v1',
      'auth logout',
    ],
  },
  'pending_login.json': {
    document: {
      server: {
        issuer: SERVER,
        device_authorization_endpoint: `${SERVER}/device`,
        token_endpoint: `${SERVER}/token`,
        revocation_endpoint: `${SERVER}/revoke`,
      },
      client_id: 'client',
      resource: ['https://api.example.com'],
      base_url: `${SERVER}/v1`,
      store: 'file',
      path: 'pending_creds.json',
      named: {
        issuer: SERVER,
        client_id: 'client',
        scope: 'a',
        resource: ['https://api.example.com'],
        base_url: `${SERVER}/v1`,
        credentials: 'pending_creds.json',
      },
      device: {
        device_code: 'dc',
        user_code: 'ABCD',
        verification_uri: `${SERVER}/verify`,
        verification_uri_complete: `${SERVER}/verify?c=ABCD`,
        expires_at: NOW + HOUR,
        interval: 5,
        code_verifier: 'v'.repeat(43),
      },
    },
    commands: ['auth login --complete --no-browser', 'auth login --complete --no-browser --json'],
  },
  'config.json': {
    document: {
      $schema: 'x',
      profiles: {
        default: {
          auth: 'api-key',
          base_url: `${SERVER}/v1`,
          model: 'm',
          user_agent: 'a',
          timeout: 30,
          max_retries: 0,
        },
        key: { auth: 'api-key', plan: 'coding', region: 'intl', store: 'file' },
        login: {
          auth: 'oauth',
          issuer: SERVER,
          client_id: 'client',
          scope: 'a',
          resource: ['https://api.example.com'],
          credentials: 'other.json',
          timeout: '30s',
          max_retries: '1',
        },
      },
    },
    commands: [
      'auth status',
      'auth status --profile login --json',
      'auth status --profile key',
      'chat -p hi',
      'auth login --no-browser --profile login',
      'auth logout --all',
    ],
  },
  'last-verdicts.json': {
    document: {
      version: 1,
      endpoints: { 'http://SERVER/v1': { m: { verdict: 'pass', at: NOW - HOUR } } },
    },
    commands: [
      'list-models --json',
      'list-models --details',
      'list-models --known --details',
      'list-models --known --json',
      'validate-models -m m --probe chat',
    ],
  },
  'last-models.json': {
    document: { version: 1, endpoints: { 'http://SERVER/v1': { m: 4096, n: null } } },
    commands: ['list-models --json', 'chat -p hi -m m --new w'],
  },
  'conversations/a.jsonl': {
    document: {
      type: 'turn',
      id: '1',
      at: NOW,
      model: 'm',
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'hi' },
            { type: 'image_url', image_url: { url: 'data:' } },
          ],
        },
        { role: 'assistant', content: 'hello' },
      ],
      finish_reason: 'stop',
      usage: {
        prompt_tokens: 1,
        completion_tokens: 1,
        total_tokens: 2,
        cached_tokens: 0,
        reasoning_tokens: 0,
      },
      replaces: '0',
    },
    lines: true,
    commands: [
      'chat --list',
      'chat --list --json',
      'chat --show a',
      'chat --show a --json',
      'chat -p hi -c a',
    ],
  },
  ...WRITTEN,
};

/** All of them as they should be, for the server at `url`, but what only disturbs. */
export function filesOf(url: string): [file: string, text: string][] {
  const files = Object.entries(FILES).filter(([file]) => !/refresh-failure|config/.test(file));
  return files.map(([file, { document, lines }]) => {
    const text = JSON.stringify(document).replaceAll(SERVER, url);
    return [file, lines ? `${text}\n` : text];
  });
}
