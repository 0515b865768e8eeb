import { createApiRequest } from '../core/api/request.ts';
import { judgeRefusal } from '../core/api/refusal.ts';
import type { Chat } from '../core/chat/answer.ts';
import { createChat as createCoreChat } from '../core/chat/client.ts';
import { reservedField } from '../core/chat/reserved-fields.ts';
import { UsageError } from '../core/errors.ts';
import { createRetries, withRetries } from '../core/http/retry.ts';
import { limitsOf } from '../core/http/timeouts.ts';
import { checkNumber } from '../core/number.ts';
import { MAX_RETRIES } from '../core/settings/definitions.ts';
import { accessOf, headersOf, type AccessOptions } from './access.ts';
import { type Ports, systemClock, systemRandom } from './ports.ts';
import { sendOf } from './transport.ts';

/** A chat client. */
export interface CreateChatOptions extends Ports, AccessOptions {
  /** Retries after the first attempt, 0 to 99, while nothing of the answer was delivered. Default 2. */
  max_retries?: number | undefined;
  /** Default `qwen-demo (library)`. */
  user_agent?: string | undefined;
}

/** What the library calls itself. */
export const USER_AGENT = 'qwen-demo (library)';

/**
 * A client for chat completions. It reads streams and whole answers of any OpenAI-compatible API, and
 * renews its access once after a 401. It rejects with a UsageError `invalid_parameter` when `parameters`
 * hold `model`, `messages` or `stream`.
 * @throws UsageError `invalid_base_url`, `plain_http`, `invalid_header`, `invalid_max_retries`; TypeError
 *   without a session and an endpoint
 */
export function createChat(options: CreateChatOptions): Chat {
  const { clock = systemClock, max_retries, user_agent = USER_AGENT } = options;
  if (max_retries !== undefined) checkNumber(max_retries, 'max_retries', MAX_RETRIES);
  const retrying = {
    clock,
    random: systemRandom,
    judge: judgeRefusal,
    ...(max_retries !== undefined && { max_retries }),
  };
  const request = createApiRequest({
    send: withRetries(sendOf(options.transport), retrying),
    access: accessOf(options),
    user_agent,
    headers: headersOf(options),
  });
  const chat = createCoreChat({
    request,
    clock,
    retries: (default_timeouts) => createRetries(retrying, limitsOf({ default_timeouts }, {})),
  });
  return async (asked, ...more) => {
    const reserved = reservedField(asked.parameters);
    if (reserved === undefined) return chat(asked, ...more);
    throw new UsageError(`parameters must not hold "${reserved}": the request has a field for it`, {
      code: 'invalid_parameter',
    });
  };
}
