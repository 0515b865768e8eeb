/** What the commands that serve until a signal have in common. */
import { UsageError } from '../core/errors.ts';

/** The error of a server that cannot take its port, as one for people; any other error as it is. */
export function explainPort<T>(error: T, port: number): T | UsageError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'EADDRINUSE' && code !== 'EACCES') return error;
  const why = code === 'EACCES' ? 'needs more rights than you have' : 'is in use';
  return new UsageError(`Port ${port} on 127.0.0.1 ${why}`, {
    code: 'port_unavailable',
    hint: 'Choose another --port, or leave it out to take any free one.',
    cause: error,
  });
}

/** Resolves when the signal is aborted. */
export async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
}
