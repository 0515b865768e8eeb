import { endingOf } from '../../chat/finish-reason.ts';
import { MAX_TOKENS } from '../probes/probe.ts';
import {
  failure,
  type Finding,
  isSaid,
  type Sent,
  type SentChoice,
  shown,
  warning,
} from './sent.ts';

/** The words of OpenAI's API. Clients with a type for them refuse any other. */
const KNOWN = new Set<unknown>([
  'stop',
  'length',
  'tool_calls',
  'content_filter',
  // Before tool calls.
  'function_call',
]);

/** The finish reasons of an answer that ends with calls. */
export const CALLING: ReadonlySet<unknown> = new Set(['tool_calls', 'function_call', 'tool_use']);

/** `wire/finish-reason`: there is one, once, with a known word, and nothing of the answer after it. */
export function finishFinding({ bodies }: Sent): Finding {
  const choices = bodies.flatMap(({ first }) => first ?? []);
  const reasons = choices.map(({ choice }) => choice.finish_reason);
  const odd = reasons.find((reason) => isSaid(reason) && !KNOWN.has(reason));
  if (odd !== undefined) return warning(`Sent the finish_reason ${shown(odd)}, no word of the API`);
  const said = reasons.filter((reason) => typeof reason === 'string');
  const [first, ...more] = said;
  if (first === undefined) return warning('Sent no finish_reason');
  const other = more.find((reason) => reason !== first);
  if (other !== undefined) {
    const differ = endingOf(other) !== endingOf(first);
    const both = `Sent the finish_reason ${shown(first)} and then ${shown(other)}`;
    return differ ? failure(both) : warning(both);
  }
  const after = choices.slice(reasons.findIndex(isSaid) + 1);
  if (after.some(holdsText)) return warning(`Sent more of the answer after its finish_reason`);
  return more.length > 0 ? warning(`Sent the finish_reason ${said.length} times`) : undefined;
}

function holdsText({ message = {} }: SentChoice): boolean {
  const { content, tool_calls } = message;
  return (
    (typeof content === 'string' && content !== '') ||
    (Array.isArray(tool_calls) && tool_calls.length > 0)
  );
}

/** Far below the limit, in tokens or characters: an answer of this share was not cut off. */
const SHARE = 4;

/** `wire/finish-reason-true`: what the finish_reason says did happen. */
export function truthFinding({ exchange, request }: Sent): Finding {
  const { finish_reason, tool_calls, content, reasoning, usage } = exchange.answer;
  if (finish_reason === undefined) return undefined;
  if (CALLING.has(finish_reason) && tool_calls.length === 0) {
    return failure(`Ended with the finish_reason ${finish_reason}, but called no function`);
  }
  const ending = endingOf(finish_reason);
  if (ending === 'filtered') {
    return failure(`Ended a harmless answer with the finish_reason ${finish_reason}`);
  }
  if (ending !== 'cut_off') return undefined;
  const limit = Number(request.max_tokens ?? request.max_completion_tokens ?? MAX_TOKENS);
  const characters = content.length + reasoning.length;
  // Hidden reasoning counts too, so that no usage and no text proves nothing.
  const counted = usage?.completion_tokens || (characters === 0 ? limit : characters);
  const early = limit >= 256 && characters < limit / SHARE && counted < limit / SHARE;
  return early
    ? failure(`Ended with the finish_reason ${finish_reason} after ${counted} of ${limit} tokens`)
    : undefined;
}
