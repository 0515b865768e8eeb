import type { ApiRequest } from '../../core/api/request.ts';
import type { Chat } from '../../core/chat/answer.ts';
import { answerTooLarge } from '../../core/chat/incoming.ts';
import type { Send } from '../../core/http/message.ts';
import { DEFAULT_TIMEOUTS, LONGEST_CONNECT } from '../../core/http/timeouts.ts';
import { preloadTransport } from '../../core/http/transport.ts';
import type { KnownModel } from '../../core/qwen/models.ts';
import { modelNamed } from '../../core/settings/model-names.ts';
import type { Settings } from '../../core/settings/settings.ts';
import { openAccess, apiClientOf, transportOf } from '../connect.ts';
import type { Context } from '../context.ts';
import { knownAt } from '../known-models.ts';
import type { ValidateModelsFlags } from './flags.ts';

/** The connection of a validation run. */
export interface ValidationConnection {
  endpoint: string;
  /** For the list of models. */
  request: ApiRequest;
  known: readonly KnownModel[];
  /** The id that a name of the user stands for. */
  idOf: (name: string) => string;
  max_retries: number;
  /** Creates the chat client of one request, without retries: the run counts every failure. */
  connect: (wrap: (send: Send) => Send) => Chat;
  /** The same for a request that is no question. */
  requests: (wrap: (send: Send) => Send) => ApiRequest;
}

/** Milliseconds by which a limit of an exchange is longer than that of the model. */
const MARGIN = 1000;

/**
 * Keeps the limits of an exchange apart from --timeout, which the run watches for each model: of two
 * equal limits either can pass first. A model whose --timeout passes has the verdict `timeout`; with
 * a longer --timeout, an endpoint that accepts no connection ends the run before that.
 */
function withinTimeout(send: Send, timeout: number | undefined): Send {
  if (timeout === undefined) return send;
  const connect = Math.min(LONGEST_CONNECT, Math.max(DEFAULT_TIMEOUTS.connect, timeout / 2));
  const timeouts = { connect, headers: timeout + MARGIN, body: timeout + MARGIN };
  return (request) => send({ ...request, timeouts });
}

/** Bytes of an answer that a probe may need. */
const LEAST_ANSWER = 1024 * 1024;

/** Ends an answer at its cap. The run keeps all bytes of an answer for its checks, so that they count. */
function withinBytes(send: Send, max_answer: number): Send {
  return async (request) => {
    const response = await send(request);
    async function* capped() {
      let size = 0;
      for await (const bytes of response.body) {
        size += bytes.byteLength;
        if (size > max_answer) throw answerTooLarge({ response, max_answer });
        yield bytes;
      }
    }
    return { ...response, body: capped() };
  };
}

/** @throws UsageError for the settings, AuthError `not_signed_in`, StorageError for the login */
export async function connectForValidation(
  context: Context,
  flags: ValidateModelsFlags,
  settings: Settings,
): Promise<ValidationConnection> {
  const send = transportOf(context, settings);
  const { max_retries } = settings;
  const access = await openAccess(context, settings, send);
  // Modules that load while a model answers add to its latency.
  const loading = [preloadTransport(), import('../../core/chat/stream.ts')];
  const [{ endpoint }] = await Promise.all([access.get(context.signal), ...loading]);
  const max_answer = Math.max(LEAST_ANSWER, settings.max_answer.value / flags.concurrency);
  const bounded = withinBytes(withinTimeout(send, flags.timeout), max_answer);
  const untried = {
    ...settings,
    max_retries: { ...max_retries, value: 0 },
    max_answer: { ...settings.max_answer, value: max_answer },
  };
  return {
    endpoint,
    known: knownAt(settings, endpoint),
    idOf: (name) => modelNamed(name, settings.profile),
    request: apiClientOf(context, settings, send, access).request,
    max_retries: max_retries.value,
    connect: (wrap) => apiClientOf(context, untried, wrap(bounded), access).chat,
    requests: (wrap) => apiClientOf(context, untried, wrap(bounded), access).request,
  };
}
