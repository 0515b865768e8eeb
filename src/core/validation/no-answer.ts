import { ApiError, AuthError, NetworkError, QuotaError, QwenDemoError } from '../errors.ts';
import type { Cancellation, Deadline } from './cancellation.ts';
import { isRefused } from './refused-field.ts';
import type { ProbeName, Verdict } from './report.ts';
import { OutOfTokens } from './token-budget.ts';

/**
 * The verdict on an attempt that got no answer, and its error unless the run or the model's time ended.
 * @throws the error itself if it is not a QwenDemoError, because it is a bug
 */
export function explain(
  error: unknown,
  probe: ProbeName,
  { cancellation, deadline }: { cancellation: Cancellation; deadline: Deadline },
): [{ verdict: Verdict; reason: string }, QwenDemoError?] {
  if (error instanceof OutOfTokens) {
    cancellation.cancel('tokens');
    return [{ verdict: 'skipped', reason: 'Not asked: no tokens are left to spend' }];
  }
  if (cancellation.signal.aborted) return [interrupted(cancellation)];
  if (deadline.signal.aborted) {
    return [{ verdict: 'timeout', reason: `No complete answer within ${deadline.ms / 1000} s` }];
  }
  if (!(error instanceof QwenDemoError)) throw error;
  const verdict = verdictOf(error);
  const unable = verdict === 'error' && probe !== 'chat' && isRefused(error);
  return [{ verdict: unable ? 'unsupported' : verdict, reason: error.message }, error];
}

function interrupted({ cause }: Cancellation): { verdict: Verdict; reason: string } {
  if (cause === 'deadline') {
    return { verdict: 'timeout', reason: 'No complete answer before the deadline of the run' };
  }
  return { verdict: 'skipped', reason: 'Interrupted' };
}

/** The verdict on a model whose request failed. */
export function verdictOf(error: QwenDemoError): Verdict {
  if (error instanceof QuotaError) return 'quota';
  if (error instanceof AuthError) return 'denied';
  if (error instanceof ApiError) return verdictOfRefusal(error);
  if (error instanceof NetworkError && error.code.endsWith('timeout')) return 'timeout';
  return 'error';
}

/** Checks the code first: an error inside an event stream has no HTTP status. */
function verdictOfRefusal({ code, status }: ApiError): Verdict {
  if (code === 'model_access_denied' || status === 403) return 'denied';
  if (code === 'model_not_found' || status === 404) return 'unavailable';
  return 'error';
}
