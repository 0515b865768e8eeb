import { refusal } from '../../api/refusal.ts';
import { wireErrorOf } from '../../api/wire-error.ts';
import { promptMessages } from '../../chat/messages.ts';
import { NetworkError, ProtocolError } from '../../errors.ts';
import type { HttpRequest } from '../../http/message.ts';
import { isFields } from '../../json.ts';
import { applyDialect } from '../dialect.ts';
import type { Draw } from '../draw.ts';
import type { Provocation } from '../provocation.ts';
import { OutOfTokens } from '../token-budget.ts';
import { type WireExchange, wireDocument, wireText } from '../wire.ts';
import { type Probe, type ProbeContext, quoteAnswer } from './probe.ts';

/** Does the server refuse what is wrong, with the status and the error object that clients expect? */
export const errorsProbe: Probe = {
  name: 'errors',
  short_requests: 0,
  async run(context) {
    await judgeMistake(context, UNKNOWN_MODEL);
    await judgeMistake(context, MALFORMED_BODY);
    await judgeLongPrompt(context);
    // Last: a server may refuse everything for a while after a wrong key.
    await judgeMistake(context, BAD_KEY);
  },
};

/** A request with one mistake, and what is the right answer to it. */
interface Mistake {
  /** The id of the check of the status; with `-object` that of the body. */
  check: string;
  what: string;
  right: readonly number[];
  /** Statuses that some servers use, and that some clients do not understand. */
  odd: readonly number[];
  model?: (draw: Draw) => string;
  spoil?: (request: HttpRequest, draw: Draw) => HttpRequest | undefined;
}

const UNKNOWN_MODEL: Mistake = {
  check: 'errors/unknown-model',
  what: 'a model that does not exist',
  right: [404, 400],
  odd: [403, 422],
  model: (draw) => `no-such-model-${nonce(draw)}`,
};

const MALFORMED_BODY: Mistake = {
  check: 'errors/malformed-body',
  what: 'JSON that ends too early',
  right: [400],
  odd: [422],
  spoil: ({ body, ...request }) =>
    typeof body === 'string' ? { ...request, body: body.slice(0, -1) } : undefined,
};

const BAD_KEY: Mistake = {
  check: 'errors/bad-key',
  what: 'a key that does not exist',
  right: [401],
  odd: [400, 403],
  spoil: withBadKey,
};

async function judgeMistake(context: ProbeContext, mistake: Mistake): Promise<void> {
  const { check, what, right, odd, model, spoil } = mistake;
  const { draw, pass, warn, fail } = context;
  const body = bodyOf(context, `Write the word ${nonce(draw)} and nothing else.`);
  const answer = await refusalOf(context, mistake, {
    body: model ? { ...body, model: model(draw) } : body,
    ...(spoil && { spoil: (request: HttpRequest) => spoil(request, draw) }),
  });
  if (answer === undefined) return;
  const { status } = answer;
  const said = `To ${what} it answered with the status ${status}; right is ${right.join(' or ')}`;
  if (right.includes(status)) pass(check);
  else if (odd.includes(status)) warn(check, said);
  else fail(check, said);
  if (status >= 400) judgeObject(context, mistake, answer);
}

/** Whether clients find the message of a refusal: `{"error": {"message": "..."}}`. */
function judgeObject(
  { pass, warn, fail }: ProbeContext,
  { check, what }: Pick<Mistake, 'check' | 'what'>,
  answer: WireExchange,
): void {
  const document = wireDocument(answer);
  const error = isFields(document) && isFields(document.error) ? document.error : {};
  const id = `${check}-object`;
  const said =
    `It refused ${what} with the body ${quoteAnswer(wireText(answer))}; ` +
    'right is JSON with a text in error.message';
  if (typeof error.message === 'string' && error.message.trim() !== '') pass(id);
  else if (wireErrorOf(document) !== undefined) warn(id, said);
  else fail(id, said);
}

/** Tokens of a prompt for a model whose window nobody told: beyond that of nearly every model. */
const LONGEST_USUAL = 1_000_000;
/** No prompt is made for a larger window, because it would be a request of more than 12 MB. */
const LARGEST_TESTED = 2_000_000;

/** Times the window: a server that cuts the prompt reads two thirds of it at most. */
const TOO_LONG = 1.5;
/** The share of a prompt that a model reports if it read all of it: the tokens are an estimate. */
const READ_ALL = 0.8;

/** One token in every usual tokenizer. */
const WORD = 'the ';

async function judgeLongPrompt(context: ProbeContext): Promise<void> {
  const { target, draw, pass, warn, fail } = context;
  const { window } = target;
  if (window !== undefined && window > LARGEST_TESTED) return;
  const tokens = Math.ceil((window ?? LONGEST_USUAL) * TOO_LONG);
  const what = `a prompt of ${tokens} tokens`;
  const mistake = { check: 'errors/long-prompt', what };
  const prompt = `${nonce(draw)} ${WORD.repeat(tokens)}`;
  const answer = await refusalOf(context, mistake, { body: bodyOf(context, prompt), tokens });
  if (answer === undefined) return;
  const { status } = answer;
  const right = 'right is 400 and an error that names the context window';
  if (status < 400) {
    const read = tokensRead(answer);
    // The window is larger than is known.
    if (read !== undefined && read >= tokens * READ_ALL) return;
    // Nobody told its window, and it does not tell what it read.
    if (read === undefined && window === undefined) return;
    const how = read === undefined ? '' : `, of which it read ${read}`;
    fail(mistake.check, `It answered ${what}${how}, with the status ${status}; ${right}`);
    return;
  }
  const said = `To ${what} it answered with the status ${status}: ${quoteAnswer(wireText(answer))}; ${right}`;
  const { code } = refusal(status, answer.headers, wireText(answer), '', { auth_type: 'openai' });
  if (code === 'context_length_exceeded' && (status === 400 || status === 413)) pass(mistake.check);
  else if (status < 500) warn(mistake.check, said);
  else fail(mistake.check, said);
  judgeObject(context, mistake, answer);
}

function tokensRead(answer: WireExchange): number | undefined {
  const document = wireDocument(answer);
  const usage = isFields(document) && isFields(document.usage) ? document.usage : {};
  return typeof usage.prompt_tokens === 'number' ? usage.prompt_tokens : undefined;
}

/** The answer to a mistake; undefined where none was sent, or after a check that failed. */
async function refusalOf(
  { provoke, fail }: ProbeContext,
  { check, what }: Pick<Mistake, 'check' | 'what'>,
  provocation: Provocation,
): Promise<WireExchange | undefined> {
  try {
    return await provoke(provocation);
  } catch (error) {
    // The budget of the run is for questions.
    if (error instanceof OutOfTokens) return undefined;
    const broken = error instanceof NetworkError && error.code === 'connection_reset';
    if (!broken && !(error instanceof ProtocolError)) throw error;
    fail(check, `To ${what} it gave no answer, but an error is right: ${error.message}`);
    return undefined;
  }
}

function bodyOf({ target }: ProbeContext, prompt: string): Record<string, unknown> {
  const { model, dialect } = target;
  const parameters = { max_tokens: 16 };
  const request = { model, messages: promptMessages(prompt), stream: false, parameters };
  const { parameters: spoken, ...others } = applyDialect(request, dialect);
  return { ...others, ...spoken };
}

/** What carries a key in a URL. */
const KEY_PARAMETER = /key|token|secret|signature|^sig$/i;

/**
 * The request with another key in each place where one is. Undefined for a request without any: then
 * the server asks for none.
 */
function withBadKey(request: HttpRequest, draw: Draw): HttpRequest | undefined {
  const { headers, secret_headers = [] } = request;
  const key = `sk-no-such-key-${nonce(draw)}`;
  const url = new URL(request.url);
  const names = Object.keys(headers).filter(
    (name) => name === 'authorization' || secret_headers.includes(name),
  );
  const parameters = [...url.searchParams.keys()].filter((name) => KEY_PARAMETER.test(name));
  if (names.length + parameters.length === 0) return undefined;
  for (const name of parameters) url.searchParams.set(name, key);
  const bad: Record<string, string> = {};
  for (const name of names) bad[name] = name === 'authorization' ? `Bearer ${key}` : key;
  return { ...request, url: url.href, headers: { ...headers, ...bad } };
}

/** Eight digits that no server has seen. */
function nonce(draw: Draw): string {
  return String(draw.integer(10_000_000, 99_999_999));
}
