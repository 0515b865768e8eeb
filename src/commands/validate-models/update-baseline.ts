import { realpath, stat } from 'node:fs/promises';
import { createFileLock } from '../../core/files/lock.ts';
import { findUserText } from '../../core/files/user-file.ts';
import { noticesOf } from '../notice.ts';
import { writeUserFile } from '../../core/files/user-output.ts';
import { type Baseline, baselineOf, parseBaseline } from '../../core/validation/baseline.ts';
import type { ValidationReport } from '../../core/validation/report.ts';
import type { Context } from '../context.ts';
import { absolutePath } from '../paths.ts';

/**
 * Writes what a run tested into a baseline, and keeps the rest of it. Several runs may do this at the
 * same time: each holds a lock beside the file, and reads again what the others wrote.
 * @returns the new baseline
 * @throws UsageError `invalid_file` when the file is no baseline any more; StorageError
 *   `file_not_written`, `locked`, or that of the lock; the signal's reason while it waits for the lock
 */
export async function updateBaseline(
  path: string,
  report: ValidationReport,
  context: Context,
): Promise<Baseline> {
  // After Ctrl-C the results so far are written, too.
  const signal = context.signal.aborted ? new AbortController().signal : context.signal;
  const critical = async () => {
    const text = await findUserText(path, { ...context, signal });
    const earlier = text === undefined ? undefined : parseBaseline(text, path);
    const baseline = baselineOf(report, earlier);
    if (earlier === undefined && Object.keys(baseline.models).length === 0) return baseline;
    await writeUserFile(path, `${JSON.stringify(baseline, null, 2)}\n`, { ...context, signal });
    return baseline;
  };
  const known = await stat(path).catch(() => undefined);
  // A device or a pipe has no place for a lock.
  if (known?.isFile() === false) return critical();
  const real = known ? await realpath(path) : absolutePath(path);
  const lock = createFileLock({
    ...context,
    path: `${real}.lock`,
    setting: { sets: 'file', name: '--baseline' },
    onNotice: noticesOf(context),
  });
  return lock.run({ critical, signal });
}
