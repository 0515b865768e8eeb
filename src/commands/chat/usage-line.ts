import type { ChatAnswer } from '../../core/chat/answer.ts';

/**
 * Tokens, times and speed of an answer in one line, such as `18 prompt + 120 completion tokens (16
 * cached), first token 0.41 s, 52.1 tokens/s, 2.71 s in all`.
 */
export function usageLine({ usage = {}, streamed, timings }: ChatAnswer): string {
  const { prompt_tokens, completion_tokens, cached_tokens, reasoning_tokens } = usage;
  const { first_token, total } = timings;
  const counted = prompt_tokens !== undefined || completion_tokens !== undefined;
  const details = [
    ...(cached_tokens === undefined ? [] : [`${cached_tokens} cached`]),
    ...(reasoning_tokens === undefined ? [] : [`${reasoning_tokens} reasoning`]),
  ];
  const tokens = counted
    ? `${prompt_tokens ?? '?'} prompt + ${completion_tokens ?? '?'} completion tokens` +
      (details.length === 0 ? '' : ` (${details.join(', ')})`)
    : 'tokens not counted by the server';
  return [
    tokens,
    // A buffered answer has all of its tokens at the same moment.
    ...(streamed && first_token !== undefined ? [`first token ${seconds(first_token)}`] : []),
    ...speed(completion_tokens, streamed ? total - (first_token ?? 0) : total),
    `${seconds(total)} in all`,
  ].join(', ');
}

/** Tokens per second, without the time before the first token. */
function speed(tokens: number | undefined, ms: number): string[] {
  return tokens === undefined || ms <= 0 ? [] : [`${((tokens / ms) * 1000).toFixed(1)} tokens/s`];
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(2)} s`;
