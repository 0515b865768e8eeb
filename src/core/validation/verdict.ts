import { ApiError, AuthError, NetworkError, QuotaError, type QwenDemoError } from '../errors.ts';
import type { Verdict } from './report.ts';

/** What a failed request says about the model that was asked. */
export function verdictOf(error: QwenDemoError): Verdict {
  if (error instanceof QuotaError) return 'quota';
  if (error instanceof AuthError) return 'denied';
  if (error instanceof ApiError) return verdictOfRefusal(error);
  if (error instanceof NetworkError && error.code.endsWith('timeout')) return 'timeout';
  return 'error';
}

/** By the code first: a refusal inside an event stream has no status of its own. */
function verdictOfRefusal({ code, status }: ApiError): Verdict {
  if (code === 'model_access_denied' || status === 403) return 'denied';
  if (code === 'model_not_found' || status === 404) return 'unavailable';
  return 'error';
}

const NO_WAY = new Set(['connection_refused', 'connect_timeout', 'dns', 'tls', 'unreachable']);

/** Whether an error is about the way to the endpoint, and so about every model behind it. */
export function concernsEveryModel(error: QwenDemoError): boolean {
  return error instanceof AuthError || (error instanceof NetworkError && NO_WAY.has(error.code));
}
