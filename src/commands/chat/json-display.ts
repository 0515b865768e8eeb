import type { ChatAnswer, ChatDelta } from '../../core/chat/answer.ts';
import { stringify } from '../../terminal/sanitize.ts';
import type { Sink } from './output.ts';

/**
 * A `Display` of JSON: one document at the end, or one event a line. The type is inferred, because
 * display.ts loads this file and an import of its type would close a circle.
 */
export function createJsonDisplay(sink: Sink, format: 'json' | 'events') {
  const events = format === 'events';
  const line = (value: unknown) => sink.write(`${stringify(value)}\n`);
  return {
    delta: (delta: ChatDelta) => (events ? line(delta) : undefined),
    done(answer: ChatAnswer) {
      const shown = { ...answer, timings: rounded(answer.timings) };
      return events ? line({ type: 'done', ...shown }) : sink.write(`${stringify(shown, 2)}\n`);
    },
    end: (complete: boolean) => sink.end(complete),
  };
}

/** To 0.1 ms: what is finer is noise. */
function rounded(timings: ChatAnswer['timings']): ChatAnswer['timings'] {
  const round = (ms: number) => Math.round(ms * 10) / 10;
  const { headers, first_token, total } = timings;
  return {
    headers: round(headers),
    first_token: first_token === undefined ? undefined : round(first_token),
    total: round(total),
  };
}
