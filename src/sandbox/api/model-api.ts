import type { Clock, Random } from '../../core/ports.ts';
import { answer, type ModelAnswer } from '../model/answers.ts';
import { embeddingsFor } from './embeddings.ts';
import { modelNotFound, parseChatRequest, type ChatCompletionRequest } from './chat-request.ts';
import { countUsage, streamedCompletion, wholeCompletion, type Completion } from './completion.ts';
import { chatBodyOf, streamedResponse, wholeResponse } from './responses.ts';
import {
  errorReply,
  ErrorReply,
  mediaType,
  readBody,
  type Exchange,
  type Part,
  type Reply,
} from '../router.ts';
import { MODELS, servedModel, type SandboxModel } from '../model/served-models.ts';

/** What the model API needs. */
export interface ModelApiOptions {
  clock: Pick<Clock, 'now' | 'sleep'>;
  random: Pick<Random, 'uuid'>;
  /** True for a valid access token and for the API key. */
  accepts: (bearer: string) => boolean;
  /** Changes what the model answers. */
  changed: (exchange: Exchange, answer: ModelAnswer, request: ChatCompletionRequest) => ModelAnswer;
  /** Milliseconds between two tokens of an event stream. */
  token_delay: number;
}

const MAX_CHAT_BYTES = 20 * 1024 * 1024;
const BEARER = /^Bearer ([\x21-\x7E]+)$/i;

/** The OpenAI-compatible API: models, chat completions, responses and embeddings, with the errors of the real service. */
export class ModelApi {
  readonly #options: ModelApiOptions;

  constructor(options: ModelApiOptions) {
    this.#options = options;
  }

  /** `GET /v1/models`. */
  list(exchange: Exchange): Promise<Reply> {
    return this.#authorize(exchange, () => ({
      status: 200,
      body: { object: 'list', data: MODELS.map(modelObject) },
    }));
  }

  /** `GET /v1/models/ID`. @throws ErrorReply 404 */
  retrieve(exchange: Exchange): Promise<Reply> {
    return this.#authorize(exchange, () => {
      const id = exchange.url.pathname.slice(exchange.url.pathname.lastIndexOf('/') + 1);
      const model = servedModel(id);
      if (!model) throw modelNotFound(id);
      return { status: 200, body: { ...modelObject(model) } };
    });
  }

  /** `POST /v1/chat/completions`. */
  complete(exchange: Exchange): Promise<Reply> {
    return this.#authorize(exchange, async () => {
      const request = parseChatRequest(await readJson(exchange));
      const answered = this.#options.changed(exchange, answer(request), request);
      const completion = this.#completion('chatcmpl-', request, answered);
      const usage = countUsage(request, completion.answer);
      if (!request.stream) return { status: 200, body: wholeCompletion(completion, usage) };
      const last = request.include_usage ? usage : undefined;
      return this.#streamed(exchange, streamedCompletion(completion, last));
    });
  }

  /** `POST /v1/responses`: text and calls of functions, whole or streamed, without a memory. */
  respond(exchange: Exchange): Promise<Reply> {
    return this.#authorize(exchange, async () => {
      const request = parseChatRequest(chatBodyOf(await readJson(exchange)));
      const completion = this.#completion('resp_', request, answer(request));
      const usage = countUsage(request, completion.answer);
      if (!request.stream) return { status: 200, body: wholeResponse(completion, usage) };
      return this.#streamed(exchange, streamedResponse(completion, usage));
    });
  }

  /** `POST /v1/embeddings`. */
  embed(exchange: Exchange): Promise<Reply> {
    return this.#authorize(exchange, async () => ({
      status: 200,
      body: embeddingsFor(await readJson(exchange)),
    }));
  }

  #completion(prefix: string, request: ChatCompletionRequest, answer: ModelAnswer): Completion {
    const { clock, random } = this.#options;
    const created = Math.floor(clock.now() / 1000);
    return { id: prefix + random.uuid(), created, model: request.model.id, answer };
  }

  #streamed({ signal }: Exchange, body: Iterable<Part>): Reply {
    const { clock, token_delay } = this.#options;
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream; charset=utf-8' },
      body,
      ...(token_delay > 0 && { pace: () => clock.sleep(token_delay, signal) }),
    };
  }

  /** Checks the bearer token, and puts a request id into the header and into each error body. */
  async #authorize({ request }: Exchange, work: () => Reply | Promise<Reply>): Promise<Reply> {
    const request_id = this.#options.random.uuid();
    try {
      const [, bearer] = BEARER.exec(request.headers.authorization ?? '') ?? [];
      const accepted = bearer !== undefined && this.#options.accepts(bearer);
      if (!accepted) {
        throw new ErrorReply(
          errorReply(401, 'invalid_api_key', 'invalid access token or token expired'),
        );
      }
      return withRequestId(await work(), request_id);
    } catch (error) {
      if (error instanceof ErrorReply) return withRequestId(error.reply, request_id);
      throw error;
    }
  }
}

/** The body of a request that says that it is JSON. @throws ErrorReply 400, 413 */
function readJson({ request }: Exchange): Promise<string> {
  if (mediaType(request) !== 'application/json') {
    throw new ErrorReply(
      errorReply(400, 'invalid_parameter_error', 'content-type must be application/json'),
    );
  }
  return readBody(request, MAX_CHAT_BYTES);
}

function modelObject({ id }: SandboxModel): Record<string, unknown> {
  return { id, object: 'model', created: 1_753_142_400, owned_by: 'qwen' };
}

function withRequestId(reply: Reply, request_id: string): Reply {
  const { status, headers, body } = reply;
  const named = { ...reply, headers: { ...headers, 'x-request-id': request_id } };
  if (status < 400 || typeof body === 'string') return named;
  return { ...named, body: { ...body, request_id } };
}
