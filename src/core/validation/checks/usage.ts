import { isFields } from '../../json.ts';
import { failure, type Fields, type Finding, type Sent, warning } from './sent.ts';

/** `wire/usage`: the number of tokens comes, with the last of the answer or after it. */
export function usageFinding({ bodies, request, streamed }: Sent): Finding {
  const options = request.stream_options;
  if (streamed && !(isFields(options) && options.include_usage === true)) return undefined;
  const last = bodies.findLastIndex(({ body }) => counts(body) !== undefined);
  if (last === -1) {
    return warning(streamed ? 'Sent no usage, although it was asked for' : 'Sent no usage');
  }
  const text = bodies.findLastIndex(({ first }) => {
    const content = first?.message?.content;
    return typeof content === 'string' && content !== '';
  });
  return text > last ? warning('Sent the usage before the end of the answer') : undefined;
}

interface Counts {
  prompt: number | undefined;
  completion: number | undefined;
  total: number | undefined;
  reasoning: number;
  cached: number;
}

/** Also where Moonshot sends it: in the last choice. */
function counts(body: Fields): Counts | undefined {
  const [choice] = Array.isArray(body.choices) ? (body.choices as unknown[]) : [];
  const usage = isFields(body.usage) ? body.usage : isFields(choice) ? choice.usage : undefined;
  if (!isFields(usage)) return undefined;
  const number = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const part = (details: unknown, name: string) =>
    (isFields(details) ? number(details[name]) : undefined) ?? 0;
  return {
    prompt: number(usage.prompt_tokens),
    completion: number(usage.completion_tokens),
    total: number(usage.total_tokens),
    reasoning: part(usage.completion_tokens_details, 'reasoning_tokens'),
    cached: part(usage.prompt_tokens_details, 'cached_tokens'),
  };
}

/** Characters that one token has at most, in a text of some length. */
const WIDEST_TOKEN = 20;
/** Shorter texts may have tokens of any length. */
const SOME_LENGTH = 80;

/** `wire/usage-sum`: the numbers are there, above zero, add up and fit to the texts. */
export function sumFinding(sent: Sent): Finding {
  const all = sent.bodies.flatMap(({ body }) => counts(body) ?? []);
  const last = all.at(-1);
  if (last === undefined) return undefined;
  const { prompt, completion, total, reasoning, cached } = last;
  if (prompt === undefined || completion === undefined) {
    return failure('Sent a usage without prompt_tokens or completion_tokens, or not as numbers');
  }
  const numbers = [prompt, completion, total ?? 0, reasoning, cached];
  if (!numbers.every((count) => Number.isInteger(count) && count >= 0)) {
    return failure(`Its usage is no count of tokens: ${numbers.join(', ')}`);
  }
  if (prompt < 1 || completion < 1) {
    return failure(`Its usage says ${prompt} tokens of the prompt and ${completion} of the answer`);
  }
  return partsFinding(last, prompt + completion) ?? growthFinding(all) ?? sizeFinding(sent, last);
}

function partsFinding(
  { prompt, completion, total, reasoning, cached }: Counts,
  sum: number,
): Finding {
  const said = `${prompt} + ${completion} tokens, ${total ?? 'no'} in total`;
  if (total === undefined) return warning(`Its usage has no total_tokens: ${said}`);
  // xAI counts the reasoning beside the completion.
  const beside = reasoning > 0 && total === sum + reasoning;
  if (total < sum) return failure(`Its usage does not add up: ${said}`);
  if (reasoning > (completion ?? 0) && !beside) {
    return failure(`Its usage does not add up: ${reasoning} of ${completion} tokens are reasoning`);
  }
  // Gemini counts the reasoning in the total alone.
  if (total > sum && !beside) return warning(`Its usage does not add up: ${said}`);
  return cached > (prompt ?? 0)
    ? warning(`Its usage does not add up: ${cached} of ${prompt} prompt tokens were cached`)
    : undefined;
}

/** Servers that send it with every chunk count upwards, and may begin with zeros. */
function growthFinding(all: readonly Counts[]): Finding {
  const filled = all.filter(({ prompt = 0, completion = 0 }) => prompt > 0 || completion > 0);
  for (const [index, { completion = 0 }] of filled.entries()) {
    const before = filled[index - 1]?.completion ?? 0;
    if (completion < before) {
      return warning(`Sent usages that contradict: ${before} and then ${completion} tokens`);
    }
  }
  return undefined;
}

function sizeFinding({ exchange, request }: Sent, { prompt = 0, completion = 0 }: Counts): Finding {
  const { content, reasoning } = exchange.answer;
  const written = content.length + reasoning.length;
  if (written >= SOME_LENGTH && completion * WIDEST_TOKEN < written) {
    return failure(`Its usage says ${completion} tokens for an answer of ${written} characters`);
  }
  const asked = promptLength(request);
  if (asked >= SOME_LENGTH && prompt * WIDEST_TOKEN < asked) {
    return warning(`Its usage says ${prompt} tokens for a prompt of ${asked} characters`);
  }
  return undefined;
}

function promptLength({ messages }: Fields): number {
  if (!Array.isArray(messages)) return 0;
  return messages.reduce<number>((sum, message: unknown) => {
    const content = isFields(message) ? message.content : undefined;
    return sum + (typeof content === 'string' ? content.length : 0);
  }, 0);
}
