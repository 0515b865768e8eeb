import type { Clock } from '../../core/ports.ts';
import { UsageError } from '../../core/errors.ts';
import type { ChatCompletionRequest } from '../api/chat-request.ts';
import type { ModelAnswer } from '../model/answers.ts';
import { ErrorReply, type Exchange, type Handler, type Reply } from '../router.ts';
import { ENDPOINTS, endpointFor, endpointsOf, GROUPS, type Endpoint } from './endpoints.ts';
import type { Effect } from './fault.ts';
import { FAULTS } from './table.ts';
import { play, rendered } from './wire.ts';

/** A fault as it was asked for. */
interface Injection {
  endpoints: readonly Endpoint[];
  /** The first and the last request that it hits, counted from 1 at these endpoints. */
  first: number;
  last: number;
  effects: readonly Effect[];
}

const GRAMMAR = /^([^:@#]*)(?::(.*?))?(?:@([\w-]*))?(?:#([^#]*))?$/s;
const REQUESTS = /^([1-9]\d{0,8})(?:(\+)|-([1-9]\d{0,8}))?$/;
/** How a fault is written. */
export const SYNTAX = 'NAME[:ARGUMENT][@ENDPOINT][#N], with #N+ from the N-th request on and #N-M';

/** @throws UsageError `unknown_fault`, `invalid_fault`, `invalid_duration` */
function parseFault(text: string): Injection {
  const [, name = '', argument, at, hits] = GRAMMAR.exec(text) ?? [];
  const row = FAULTS.get(name);
  if (!row) {
    const rest = text.slice(name.length);
    throw new UsageError(`There is no fault "${name}"`, {
      code: 'unknown_fault',
      choice: { given: text, among: Array.from(FAULTS.keys(), (known) => known + rest) },
      hint: 'List them: qwen-demo sandbox --list-faults',
    });
  }
  if (argument !== undefined && row.argument === undefined) {
    throw invalid(text, `${name} takes no argument`);
  }
  const endpoints = at === undefined ? row.endpoints : endpointsAt(text, at, row.endpoints);
  const requests = REQUESTS.exec(hits ?? row.requests ?? '1+');
  const first = Number(requests?.[1]);
  const last = requests?.[2] === '+' ? Infinity : Number(requests?.[3] ?? first);
  if (!requests || last < first)
    throw invalid(text, `"#${hits}" is no request: write #2, #2+, #2-4`);
  const effects = row.effects(argument);
  const uncounted = effects.some(({ kind }) => kind === 'closed_port');
  if (uncounted && requests[3] !== undefined) {
    throw invalid(text, `nobody counts what a closed port refuses: write ${name}:2s#${first}`);
  }
  return { endpoints, first, last, effects };
}

function endpointsAt(text: string, at: string, possible: readonly Endpoint[]): Endpoint[] {
  const named = endpointsOf(at);
  const names = [...Object.keys(ENDPOINTS), ...Object.keys(GROUPS)];
  if (!named) {
    throw new UsageError(`There is no endpoint "${at}"`, {
      code: 'invalid_fault',
      choice: { given: text, among: names.map((known) => text.replace(`@${at}`, `@${known}`)) },
      hint: `The endpoints are ${names.join(', ')}.`,
    });
  }
  const endpoints = named.filter((one) => possible.includes(one));
  if (endpoints.length > 0) return endpoints;
  throw invalid(text, `it happens only at ${possible.join(', ')}`);
}

function invalid(text: string, why: string): UsageError {
  return new UsageError(`--fault ${text}: ${why}`, {
    code: 'invalid_fault',
    hint: `Write ${SYNTAX}; see qwen-demo sandbox --list-faults`,
  });
}

/** The port that the sandbox listens on. */
export interface Port {
  close(): void;
  open(): void;
}

/** What the faults need of the sandbox. */
export interface FaultsOptions {
  clock: Pick<Clock, 'now' | 'sleep'>;
  patience: number;
  port: Port;
}

/** The faults of one sandbox. They count the requests. */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #active: readonly { injection: Injection; seen: { requests: number } }[];
  /** What the model says in an exchange that a fault changes. */
  readonly #changes = new WeakMap<Exchange, Effect[]>();

  /** @throws UsageError `unknown_fault`, `invalid_fault`, `invalid_duration` */
  constructor(specifications: readonly string[], options: FaultsOptions) {
    this.#options = options;
    this.#active = specifications.map((text) => ({
      injection: parseFault(text),
      seen: { requests: 0 },
    }));
  }

  /** To be called when the sandbox listens: the port may be closed from the first request on. */
  start(): void {
    for (const { injection } of this.#active) this.#closePort(injection, 0);
  }

  /** Answers, or resolves to undefined when the faults have written to the connection themselves. */
  async around(route: string, exchange: Exchange, handler: Handler): Promise<Reply | undefined> {
    if (this.#active.length === 0) return handler(exchange);
    const endpoint = await endpointFor(route, exchange);
    const effects = endpoint === undefined ? [] : this.#effectsAt(endpoint, exchange);
    const of = <K extends Effect['kind']>(kind: K): Extract<Effect, { kind: K }>[] =>
      effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);

    const [cut] = of('unprocessed');
    if (cut) return this.#play(cut.steps(), exchange);
    this.#changes.set(exchange, of('answer'));
    const situation = { exchange, clock: this.#options.clock };
    const [replacement] = of('reply');
    let answer = replacement?.reply(situation) ?? (await replyOf(handler, exchange));
    for (const { change } of of('edit')) answer = change(answer, situation);
    const [last] = of('wire');
    return last ? this.#play(last.steps(rendered(answer)), exchange) : answer;
  }

  /** What the model says in this exchange. */
  changed(exchange: Exchange, answer: ModelAnswer, request: ChatCompletionRequest): ModelAnswer {
    const changes = this.#changes.get(exchange) ?? [];
    return changes.reduce(
      (before, effect) => (effect.kind === 'answer' ? effect.change(before, request) : before),
      answer,
    );
  }

  #effectsAt(endpoint: Endpoint, exchange: Exchange): Effect[] {
    return this.#active.flatMap(({ injection, seen }) => {
      if (!injection.endpoints.includes(endpoint)) return [];
      seen.requests += 1;
      if (this.#closePort(injection, seen.requests)) {
        exchange.response.setHeader('connection', 'close');
      }
      const { first, last, effects } = injection;
      return first <= seen.requests && seen.requests <= last ? effects : [];
    });
  }

  /** Closes the port after the request before the first one that it refuses. */
  #closePort({ first, effects }: Injection, requests: number): boolean {
    const closing = effects.find((effect) => effect.kind === 'closed_port');
    if (!closing || requests !== first - 1) return false;
    const { port, clock } = this.#options;
    port.close();
    if (closing.ms !== Infinity) void clock.sleep(closing.ms).then(() => port.open());
    return true;
  }

  async #play(steps: Parameters<typeof play>[0], exchange: Exchange): Promise<undefined> {
    await play(steps, exchange, this.#options);
  }
}

async function replyOf(handler: Handler, exchange: Exchange): Promise<Reply> {
  try {
    return await handler(exchange);
  } catch (error) {
    if (error instanceof ErrorReply) return error.reply;
    throw error;
  }
}
