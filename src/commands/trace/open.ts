import type { Trace } from '../../core/http/trace.ts';
import type { Context } from '../context.ts';
import type { TraceFlags } from './exchange.ts';

const TRACES = new WeakMap<object, Trace>();

/** What watches the exchanges of this run, if something does. */
export function traceOf({ terminal: { stderr } }: Pick<Context, 'terminal'>): Trace | undefined {
  return TRACES.get(stderr);
}

/** Begins to watch the exchanges of this run as the flags say, once. @throws StorageError `file_not_written` */
export async function openTrace(context: Context, flags: TraceFlags): Promise<void> {
  const { debug, trace, traceHar } = flags;
  if (!debug && !trace && traceHar === undefined) return;
  if (traceOf(context) !== undefined) return;
  const { createTrace } = await import('./recorder.ts');
  TRACES.set(context.terminal.stderr, await createTrace(context, flags));
}
