import type { Send } from '../http/message.ts';
import { clientForm, clientHeaders, type OAuthClient, secretsOfClient } from './client.ts';
import {
  authErrorOf,
  parseErrorResponse,
  serverFailure,
  unexpectedResponse,
} from './error-response.ts';
import { fieldsOf, postForm, STEPS } from './form.ts';

/** The parameters of a token revocation, and what sends it. */
export interface RevocationRequest extends OAuthClient {
  revocation_endpoint: string;
  token: string;
  token_type_hint: 'refresh_token' | 'access_token';
  send: Send;
  signal?: AbortSignal | undefined;
}

/**
 * Revokes a token (RFC 7009 §2.1). Resolves also for a token that the server does not know (§2.2).
 * @throws AuthError with the `error` of the server as its code; ProtocolError `html_answer`,
 *   `malformed_answer`; the errors of {@link serverFailure} and {@link postForm}
 */
export async function revokeToken(request: RevocationRequest): Promise<void> {
  const { revocation_endpoint, token, token_type_hint, send, signal } = request;
  const response = await postForm({
    url: revocation_endpoint,
    step: STEPS.revocation,
    form: { token, token_type_hint, ...clientForm(request) },
    headers: clientHeaders(request),
    send,
    signal,
  });
  // RFC 7009 §2.2: the status decides, and the client ignores the body. Some servers answer 204.
  if (response.status >= 200 && response.status < 300) return;
  const secrets = [token, ...secretsOfClient(request)];
  const failure = serverFailure(response, secrets);
  if (failure) throw failure;
  const refused = parseErrorResponse(fieldsOf(response));
  throw refused ? authErrorOf(refused, response, secrets) : unexpectedResponse(response, secrets);
}
