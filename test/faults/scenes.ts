import type { Endpoint } from '../../src/sandbox/faults/endpoints.ts';
import { FAULT_GROUPS } from '../../src/sandbox/faults/table.ts';
import { CLIENT_ID } from '../helpers/sandbox-client.ts';

/** A command that requests an endpoint. */
export interface Command {
  /** As the page shows it. The last word in parentheses says which of its requests fails. */
  name: string;
  args: readonly string[];
  /** What the home holds at first: a login, an expired one, or nothing, which means an API key. */
  home: 'nothing' | 'login' | 'expired login' | 'key';
}

const LOGIN = ['auth', 'login', '--no-browser', '--issuer', 'SANDBOX', '--client-id', CLIENT_ID];
const login = (endpoint: Endpoint): Command => ({
  name: `auth login (${endpoint})`,
  args: LOGIN,
  home: 'nothing',
});
const PROMPT = 'Say red green blue';
const key = (name: string, ...args: string[]): Command => ({ name, args, home: 'key' });
const validate = (model: string, ...probes: string[]): Command =>
  key('validate-models', 'validate-models', '--json', '--seed', '1', '-m', model, ...probes);

/** True for a validation, whose requests other files count. */
export const isValidation = ({ name }: Command): boolean => name === 'validate-models';

const CHATS = [
  key('chat', 'chat', '-p', PROMPT),
  key('chat -s', 'chat', '-s', '-p', PROMPT),
  key('chat -s --json', 'chat', '-s', '--json', '-p', PROMPT),
  key('chat -s -o', 'chat', '-s', '-o', 'answer.txt', '-p', PROMPT),
] as const;

/** The commands that request each endpoint. */
const COMMANDS: Readonly<Record<Endpoint, readonly Command[]>> = {
  metadata: [login('metadata')],
  device: [login('device')],
  poll: [login('poll')],
  refresh: [
    { name: 'auth refresh', args: ['auth', 'refresh', '--force'], home: 'login' },
    { name: 'chat (refresh)', args: ['chat', '-p', PROMPT], home: 'expired login' },
  ],
  revoke: [{ name: 'auth logout', args: ['auth', 'logout'], home: 'login' }],
  models: [key('list-models', 'list-models')],
  chat: [...CHATS, validate('qwen3-coder-plus')],
};
/** What a bad model gets wrong is found by all probes, not by the short run alone. */
const PROBES = 'chat,stream,system,json,tools,reasoning,stop,max-tokens';
const MODEL_COMMANDS = [...CHATS.slice(0, 2), validate('qwen3-coder-plus', '--probe', PROBES)];
/** The model that thinks where it is asked to. */
const REASONING_COMMANDS = [...CHATS.slice(0, 2), validate('coder-model', '--probe', 'reasoning')];
/** The model that sees images. */
const VISION_COMMANDS = [validate('vision-model', '--probe', 'vision')];

/** The arguments that the matrix gives to a fault, when its fallback takes long or is one of many. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  slow: ['50ms'],
  drip: ['1ms'],
  pings: ['20ms'],
  'empty-data': ['20ms'],
  interim: ['50'],
  'many-keys': ['2000'],
  loop: ['200'],
  'gzip-bomb': ['34'],
  set: ['choices=null'],
  unset: ['choices'],
  status: ['400', '401', '403', '404', '408', '413', '429', '500', '502', '503', '504', '529'],
  html: ['200', '403'],
  compressed: ['gzip', 'deflate', 'br'],
  'line-ends': ['crlf', 'cr'],
  finish: ['content_filter', 'length', 'network_error', 'never_heard'],
  'redirect-self': ['307', '302'],
  'error-code': ['__proto__', 'constructor', 'toString'],
  'slow-down': ['400', '429'],
  'refresh-refused': ['invalid_request', 'invalid_grant', 'temporarily_unavailable'],
};
/** Every form of Retry-After, for one command. */
const WAITS = [
  '0',
  '2',
  '86400',
  'date',
  'past',
  'negative',
  'fraction',
  'junk',
  'ms',
  'details',
  'yes',
  'no',
];

/** Faults that wait for ever: the commands run with a time-out of 700 ms. */
const WAITING = ['stall', 'stall-head', 'stall-body', 'stall-end', 'pings', 'empty-data'];

/**
 * The first two send thousands of segments for each request of a validation. How much of what follows
 * [DONE] is seen depends on the machine.
 */
const NOT_VALIDATED = ['drip', 'bytewise', 'after-done'];

/** One run of one command against a sandbox with one fault. */
export interface Scene {
  group: string;
  /** The name of the fault with its argument. */
  fault: string;
  endpoint: Endpoint;
  command: Command;
  /** Whether the command runs with a short time-out. */
  waits: boolean;
}

/** All scenes, in the order of the table of faults. */
export const SCENES: readonly Scene[] = Object.entries(FAULT_GROUPS).flatMap(([group, rows]) =>
  Object.entries(rows).flatMap(([name, row]) => {
    const waits = WAITING.includes(name);
    const scenes = (ARGUMENTS[name] ?? [undefined]).flatMap((text) =>
      row.endpoints.flatMap((endpoint) =>
        commandsFor(group, name, endpoint).map((command) => ({
          group,
          fault: text === undefined ? name : `${name}:${text}`,
          endpoint,
          command,
          waits,
        })),
      ),
    );
    return name === 'status' ? [...scenes, ...scenesOfRetryAfter(group)] : scenes;
  }),
);

function commandsFor(group: string, fault: string, endpoint: Endpoint): readonly Command[] {
  if (endpoint !== 'chat') return COMMANDS[endpoint];
  if (fault === 'blind') return VISION_COMMANDS;
  if (fault === 'no-reasoning') return REASONING_COMMANDS;
  if (group === 'Models') return MODEL_COMMANDS;
  return COMMANDS.chat.filter(
    (command) => !isValidation(command) || !NOT_VALIDATED.includes(fault),
  );
}

function scenesOfRetryAfter(group: string): Scene[] {
  return ['429', '503'].flatMap((status) =>
    WAITS.map((wait) => ({
      group,
      fault: `status:${status},${wait}`,
      endpoint: 'chat',
      command: CHATS[0],
      waits: false,
    })),
  );
}
