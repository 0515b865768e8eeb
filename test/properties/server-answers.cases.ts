import type { ServerResponse } from 'node:http';
import type { InProcessHome } from '../helpers/in-process-home.ts';

interface Answer {
  document: unknown;
  commands: readonly string[];
}

const CHAT = ['chat -p hi', 'chat -p hi --json', 'chat -p hi --usage --hide-reasoning'];
const STREAM = ['chat -p hi -s', 'chat -p hi -s --json', 'validate-models -m m --json'];
const LOGIN = ['auth login --no-browser --issuer http://SERVER --client-id c'];

/** Every answer that the program reads, sound, with the commands that read it. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  discovery: {
    document: {
      issuer: 'http://SERVER/',
      device_authorization_endpoint: 'http://SERVER/device',
      token_endpoint: 'http://SERVER/token',
      revocation_endpoint: 'http://SERVER/revoke',
      scopes_supported: ['a'],
    },
    commands: LOGIN,
  },
  device: {
    document: {
      device_code: 'dc',
      user_code: 'ABCD',
      verification_uri: 'http://SERVER/verify',
      verification_uri_complete: 'http://SERVER/verify?c=ABCD',
      expires_in: 900,
      interval: 5,
    },
    commands: [...LOGIN, 'auth login --init-only --issuer http://SERVER --client-id c --qr'],
  },
  token: {
    document: {
      access_token: 'at-2',
      token_type: 'Bearer',
      refresh_token: 'rt-2',
      expires_in: 3600,
      scope: 'a',
      resource_url: 'http://SERVER/v1',
      status: 'ok',
    },
    commands: [
      ...LOGIN,
      `${LOGIN[0]} --json`,
      'auth refresh',
      'auth refresh --json',
      'auth token --json',
    ],
  },
  refusal: {
    document: { error: 'invalid_grant', error_description: 'no', error_uri: 'http://SERVER/' },
    commands: ['auth refresh', 'auth status --check'],
  },
  models: {
    document: {
      object: 'list',
      data: [
        {
          id: 'm',
          object: 'model',
          created: 1,
          owned_by: 'o',
          context_length: 1000,
          max_model_len: 1000,
          context_window: 1000,
          capabilities: { vision: true, function_calling: true },
          architecture: { input_modalities: ['text', 'image'] },
          supported_parameters: ['tools'],
        },
      ],
    },
    commands: [
      'list-models',
      'list-models --json',
      'list-models --details --live',
      'validate-models --live --probe chat',
    ],
  },
  chat: {
    document: {
      id: 'i',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: 'hello',
            reasoning_content: 'hm',
            refusal: null,
            tool_calls: [
              { index: 0, id: '1', type: 'function', function: { name: 'f', arguments: '{}' } },
            ],
          },
          finish_reason: 'stop',
        },
      ],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 1,
        total_tokens: 2,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 1 },
      },
    },
    commands: CHAT,
  },
  chunk: {
    document: {
      id: 'i',
      object: 'chat.completion.chunk',
      model: 'm',
      choices: [
        {
          index: 0,
          delta: {
            role: 'assistant',
            content: 'hello',
            reasoning_content: 'hm',
            tool_calls: [
              { index: 0, id: '1', type: 'function', function: { name: 'f', arguments: '{}' } },
            ],
          },
          finish_reason: null,
        },
      ],
      usage: {
        prompt_tokens: 1,
        completion_tokens: 1,
        prompt_tokens_details: { cached_tokens: 1 },
      },
    },
    commands: STREAM,
  },
  error: {
    document: {
      error: { code: 'c', type: 't', message: 'no', param: 'p', request_id: 'r', status: 400 },
      code: 'c',
      message: 'm',
      detail: [{ msg: 'x' }],
      request_id: 'r',
    },
    commands: [
      'chat -p hi',
      'chat -p hi -s --json',
      'list-models',
      'auth login --with-api-key --base-url http://SERVER/v1',
    ],
  },
};

/** Headers that the program reads. */
export const HEADERS = [
  'retry-after',
  'date',
  'x-request-id',
  'content-type',
  'content-encoding',
  'location',
] as const;

/** What to answer in place of the sound answer of that name. */
export type Serving = Readonly<
  Record<string, { text: string; status: number; header: readonly [string, string] | null }>
>;

/** Serves all answers as they should be but those that `serving` replaces, once a path and twice. */
export function serve(world: InProcessHome, serving: Serving): void {
  const times = new Map<string, number>();
  world.answer((request, response) => {
    request.resume();
    const address = new URL(request.url ?? '/', world.url);
    const name = nameOf(address.pathname, serving);
    const odd = serving[name];
    const count = (times.get(name) ?? 0) + 1;
    times.set(name, count);
    // A login that is pending for ever is no fault of the program.
    if (odd === undefined || (count > 3 && name === 'token')) return answer(world, name, response);
    const stream = name === 'chunk';
    response.statusCode = odd.status;
    response.setHeader('content-type', stream ? 'text/event-stream' : 'application/json');
    if (odd.header !== null) response.setHeader(...odd.header);
    if (odd.header?.[0] !== 'location' && odd.status === 204) return void response.end();
    response.end(stream ? `data: ${odd.text.replaceAll('\n', ' ')}\n\n${END}` : odd.text);
  });
}

const END = `data: ${JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`;

function nameOf(pathname: string, serving: Serving): string {
  if (pathname.includes('.well-known')) return 'discovery';
  if (pathname === '/device') return 'device';
  if (pathname === '/token') return 'refusal' in serving ? 'refusal' : 'token';
  if ('error' in serving) return 'error';
  if (pathname.endsWith('/models')) return 'models';
  return 'chunk' in serving ? 'chunk' : 'chat';
}

function answer(world: InProcessHome, name: string, response: ServerResponse): void {
  response.setHeader('content-type', 'application/json');
  const text = JSON.stringify(ANSWERS[name]?.document ?? {}).replaceAll('http://SERVER', world.url);
  response.end(text);
}
