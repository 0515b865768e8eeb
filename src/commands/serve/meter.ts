import type { Clock } from '../../core/ports.ts';

/** What one response says about its cost. Times are milliseconds since the request came. */
export interface Measured {
  first_token_ms: number | undefined;
  total_ms: number;
  prompt_tokens: number | undefined;
  completion_tokens: number | undefined;
}

/** Watches the bytes of one response without holding them. */
export interface Meter {
  saw(bytes: Uint8Array): void;
  /** Whether the last event of a stream has passed: some clients close the connection then. */
  ended(): boolean;
  result(): Measured;
}

/** Bytes of the end of a response that are kept: the usage stands there. */
const TAIL = 4096;

/** A piece of an answer that is not empty, in the forms of chat, completions and responses. */
const CONTENT =
  /"(?:content|reasoning_content|reasoning|text|delta|arguments)" ?: ?"(?!")|"tool_calls" ?: ?\[/;

const LAST_EVENT = /^data: ?(?:\[DONE\]|\{"type": ?"response\.(?:completed|incomplete|failed)")/m;

const PROMPT = /"(?:prompt_tokens|input_tokens)"\s*:\s*(\d+)/g;
const COMPLETION = /"(?:completion_tokens|output_tokens)"\s*:\s*(\d+)/g;

/** @param streamed whether the client asked for a stream: only then there is a first token */
export function createMeter(clock: Clock, start: number, streamed: boolean): Meter {
  let first_token_ms: number | undefined;
  /** The last bytes, up to `size`; they are moved to the front when it is full. */
  const tail = Buffer.alloc(4 * TAIL);
  let size = 0;
  /** Makes place for so many bytes, and says where. */
  const keep = (length: number) => {
    if (size + length > tail.byteLength) size = tail.copy(tail, 0, size - TAIL, size);
    size += length;
    return size - length;
  };
  const end = () => tail.subarray(Math.max(0, size - TAIL), size).toString('latin1');
  return {
    ended: () => LAST_EVENT.test(end()),
    saw(bytes) {
      const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (streamed && first_token_ms === undefined && CONTENT.test(buffer.toString('latin1'))) {
        first_token_ms = Math.round(clock.monotonic() - start);
      }
      // A part that was read keeps all of its socket's buffer in memory: its end is copied.
      const last = buffer.subarray(-TAIL);
      last.copy(tail, keep(last.byteLength));
    },
    result() {
      const text = end();
      return {
        first_token_ms,
        total_ms: Math.round(clock.monotonic() - start),
        prompt_tokens: lastNumber(text, PROMPT),
        completion_tokens: lastNumber(text, COMPLETION),
      };
    },
  };
}

function lastNumber(text: string, pattern: RegExp): number | undefined {
  const number = [...text.matchAll(pattern)].at(-1)?.[1];
  return number === undefined ? undefined : Number(number);
}
