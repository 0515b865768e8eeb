import type { ChatMessage } from './messages.ts';

/** `POST {endpoint}/chat/completions`, before the flags' extra fields are merged in. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream: boolean;
  /** Further fields of the body (`temperature`, `tools`, `response_format` …), sent as they are. */
  parameters?: Readonly<Record<string, unknown>>;
}

/** One piece of an answer, in the order of arrival. A buffered answer comes as one of each. */
export type ChatDelta =
  | { type: 'reasoning'; text: string }
  | { type: 'content'; text: string }
  | { type: 'tool_call'; index: number; id?: string; name?: string; arguments: string };

export interface ToolCall {
  id: string | undefined;
  name: string;
  /** The JSON text as the model wrote it: not parsed, possibly malformed. */
  arguments: string;
}

export interface Usage {
  prompt_tokens?: number;
  completion_tokens?: number;
  total_tokens?: number;
  cached_tokens?: number;
  reasoning_tokens?: number;
}

/** A complete answer. */
export interface ChatAnswer {
  /** The model as the server names it, or as it was asked for. */
  model: string;
  content: string;
  reasoning: string;
  tool_calls: ToolCall[];
  finish_reason: string | undefined;
  usage: Usage | undefined;
  request_id: string | undefined;
  endpoint: string;
  /** Whether the answer really arrived as an event stream. */
  streamed: boolean;
  /** Number of chunks that carried a delta; 1 for a buffered answer. */
  chunks: number;
  /** Milliseconds since the request was sent. `first_token` is the first reasoning or content. */
  timings: { headers: number; first_token: number | undefined; total: number };
}

export interface ChatOptions {
  signal?: AbortSignal | undefined;
  /** Called for every delta, synchronously in order; a returned promise is awaited (back-pressure). */
  onDelta?: ((delta: ChatDelta) => void | Promise<void>) | undefined;
}

/**
 * Asks one model one question.
 * @throws AuthError, NetworkError, ApiError, QuotaError, ProtocolError; deltas that were delivered
 *   before stay delivered
 */
export type Chat = (request: ChatRequest, options?: ChatOptions) => Promise<ChatAnswer>;
