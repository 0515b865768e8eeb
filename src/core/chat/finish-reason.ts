/**
 * What a `finish_reason` says about an answer: it is `complete`, `cut_off` at a limit of tokens,
 * stopped by a content filter (`filtered`), or broken off by a failure of the server (`broken`).
 */
export type Ending = 'complete' | 'cut_off' | 'filtered' | 'broken' | 'unknown';

/** The words of the servers, in lower case. A prefix decides where a word is not listed. */
const WORDS: Readonly<Record<Exclude<Ending, 'unknown'>, readonly string[]>> = {
  complete: [
    'stop',
    // Cohere.
    'complete',
    'completed',
    'eos',
    'eos_token',
    'end_turn',
    'stop_sequence',
    'tool_calls',
    'function_call',
    'tool_use',
  ],
  cut_off: [
    'length',
    'max_tokens',
    'max_length',
    'max_new_tokens',
    'max_output_tokens',
    'max_completion_tokens',
    'token_limit',
    'model_length',
    'model_context_window_exceeded',
    'context_window_exceeded',
    'context_length_exceeded',
    'error_limit',
  ],
  filtered: [
    'safety',
    'sensitive',
    'prohibited_content',
    'recitation',
    'blocklist',
    'spii',
    'image_safety',
    'refusal',
    'guardrail_intervened',
    'blocked',
    'error_toxic',
  ],
  broken: [
    'error',
    'error_finish',
    'exception',
    'abort',
    'aborted',
    'cancel',
    'cancelled',
    'canceled',
    'failed',
    'insufficient_system_resource',
    'internal_error',
    'internal_server_error',
    'interrupted',
    'network_error',
    'overloaded',
    'rate_limit',
    'server_abort',
    'server_error',
    'time_limit',
    'timed_out',
    'timeout',
    'unavailable',
  ],
};

const ENDINGS: ReadonlyMap<string, Ending> = new Map(
  (['complete', 'cut_off', 'filtered', 'broken'] as const).flatMap((ending) =>
    WORDS[ending].map((word) => [word, ending] as const),
  ),
);

/** The class of a `finish_reason`, in any case; `complete` if the server sent none. */
export function endingOf(finish_reason: string | undefined): Ending {
  if (finish_reason === undefined) return 'complete';
  const word = finish_reason
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_')
    // The name of an enumeration: `FinishReason.STOP`, `FINISH_REASON_MAX_TOKENS`.
    .replace(/^(finish|stop)_?reason[._]/, '');
  return ENDINGS.get(word) ?? (word.startsWith('content_filter') ? 'filtered' : 'unknown');
}
