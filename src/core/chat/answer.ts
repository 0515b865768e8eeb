import type { ChatMessage } from './messages.ts';

/** The body of `POST {endpoint}/chat/completions`, with further fields kept apart. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  /** Whether to ask for an event stream. */
  stream: boolean;
  /**
   * Further fields of the body (`temperature`, `tools`, `response_format` …), sent unchanged; not `model`,
   * `messages` and `stream`.
   */
  parameters?: Readonly<Record<string, unknown>>;
}

/**
 * One piece of an answer, in the order of arrival. A buffered answer has at most one delta for the
 * reasoning, one for the content, and one for each tool call. `index` is the position of the call in
 * `ChatAnswer.tool_calls`.
 */
export type ChatDelta =
  | { type: 'reasoning'; text: string }
  | { type: 'content'; text: string }
  | { type: 'tool_call'; index: number; id?: string; name?: string; arguments: string };

/** A function that the model asks the client to call. */
export interface ToolCall {
  /** Undefined if the server sent none. */
  id: string | undefined;
  name: string;
  /** JSON text as the model wrote it. It can be malformed. */
  arguments: string;
}

/** Numbers of tokens, as the server counts them. Absent where it sends none. */
export interface Usage {
  prompt_tokens?: number;
  completion_tokens?: number;
  total_tokens?: number;
  /** Part of `prompt_tokens`. */
  cached_tokens?: number;
  /** Part of `completion_tokens`. */
  reasoning_tokens?: number;
}

/** A complete answer. */
export interface ChatAnswer {
  /** The model as the server names it, else as the request named it. */
  model: string;
  content: string;
  reasoning: string;
  /** The part of `content` in which the model refuses to answer; undefined if there is none. */
  refusal?: string | undefined;
  tool_calls: ToolCall[];
  /**
   * Whatever else the server sent with the answer (`audio`, `annotations`, `images`,
   * `reasoning_details`, `logprobs`, `citations`, `created` …): the fields of the body, its choice and its
   * message in one object, those of a stream joined. Undefined if there is nothing.
   */
  rest?: Readonly<Record<string, unknown>> | undefined;
  /** As the server sent it, undefined if it sent none. */
  finish_reason: string | undefined;
  usage: Usage | undefined;
  /** The header `x-request-id`, else the `id` of the answer. */
  request_id: string | undefined;
  /** The API base URL that the request was sent to. */
  endpoint: string;
  /** Whether the answer arrived as an event stream, whatever the request asked for. */
  streamed: boolean;
  /** Number of chunks that held a delta, 1 for a buffered answer. */
  chunks: number;
  /**
   * Milliseconds from the start of the request to the head of the response, to the first reasoning or
   * content (undefined if there is none), and to the end.
   */
  timings: { headers: number; first_token: number | undefined; total: number };
}

/** What one call of {@link Chat} may be given besides the request. */
export interface ChatOptions {
  /** Aborts the request; the call then rejects with its reason. */
  signal?: AbortSignal | undefined;
  /**
   * Leaves a block `<think>` at the beginning of the content there. By default it becomes reasoning.
   */
  raw_thinking?: boolean | undefined;
  /** Called for every delta in order. A promise it returns is awaited before more is read. */
  onDelta?: ((delta: ChatDelta) => void | Promise<void>) | undefined;
}

/**
 * Sends one chat completion request. Deltas can have been delivered before it rejects.
 * @throws NetworkError, with a code that ends in `timeout` for a time-out
 * @throws ProtocolError `truncated_stream`, `malformed_answer`, `empty_answer`, `event_too_large`,
 *   `answer_too_large`, `html_answer`, `waf_page`
 * @throws AuthError, ApiError, QuotaError for what the server reports as an error, with any status
 */
export type Chat = (request: ChatRequest, options?: ChatOptions) => Promise<ChatAnswer>;
