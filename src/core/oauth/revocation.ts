import { UsageError } from '../errors.ts';
import type { Send } from '../http/message.ts';
import { postForm } from './form.ts';
import type { AuthorizationServer } from '../qwen/issuer.ts';
import { jsonOrUndefined } from '../json.ts';
import { parseRefusal, refusalError, unexpectedAnswer } from './error-response.ts';

export interface RevocationRequest {
  server: AuthorizationServer;
  client_id: string;
  token: string;
  token_type_hint: 'refresh_token' | 'access_token';
  send: Send;
  signal?: AbortSignal | undefined;
}

/**
 * RFC 7009 §2.1. Resolves when the server says the token is not valid any more, which it also says
 * of a token that it does not know (§2.2).
 * @throws UsageError `no_revocation` when the issuer has no such endpoint; AuthError when it
 *   refuses; NetworkError, ProtocolError, ApiError or QuotaError by the answer
 */
export async function revokeToken(request: RevocationRequest): Promise<void> {
  const { server, client_id, token, token_type_hint, send, signal } = request;
  if (server.revocation_endpoint === undefined) {
    throw new UsageError(`${server.issuer} offers no way to revoke a token`, {
      code: 'no_revocation',
    });
  }
  const answer = await postForm({
    url: server.revocation_endpoint,
    form: { token, token_type_hint, client_id },
    send,
    signal,
  });
  // RFC 7009 §2.2: the status says all, the body is to be ignored.
  if (answer.status === 200) return;
  const refusal = parseRefusal(jsonOrUndefined(answer.body));
  throw refusal ? refusalError(refusal, answer, [token]) : unexpectedAnswer(answer);
}
