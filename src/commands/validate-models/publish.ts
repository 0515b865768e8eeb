import { stat } from 'node:fs/promises';
import { UsageError } from '../../core/errors.ts';
import type { Baseline } from '../../core/validation/baseline.ts';
import type { JudgedReport } from '../../core/validation/judge.ts';
import type { ValidationReport } from '../../core/validation/report.ts';
import { fileIdentity } from '../../core/files/user-file.ts';
import { appendToUserFile, prepareToWrite, writeUserFile } from '../../core/files/user-output.ts';
import type { OutputStream } from '../../terminal/terminal.ts';
import { createWriter } from '../../terminal/writer.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { absolutePath } from '../paths.ts';
import type { Format, ReportFlags, RequestedReport } from './flags.ts';
import { loadCriteria } from './criteria.ts';
import { redacted, secretsOfRun } from '../secrets.ts';

/** What happens with a finished run. */
export interface Reports {
  /** As it was before the run; undefined without one. */
  baseline: Baseline | undefined;
  /**
   * Judges the run, and writes every report.
   * @throws StorageError `file_not_written`, after all other reports were written
   */
  publish(report: ValidationReport | JudgedReport): Promise<JudgedReport>;
}

/** The text of a report, in parts where it can be 25 MB. */
type Render = (report: JudgedReport) => string | Iterable<string>;

/** A file of the command line, with what names it: `--report json`. */
interface NamedFile {
  by: string;
  path: string;
}

/**
 * Reads the baseline and the known failures, and loads the reporters. Call it before the first request:
 * mistakes show at once, and modules that load while a model answers add to its latency.
 * @param inputs the files that the command reads besides those of the flags
 * @throws UsageError for a flag or a file; StorageError for a file that cannot be read or written
 */
export async function createReports(
  context: Context,
  flags: ReportFlags,
  inputs: readonly NamedFile[],
): Promise<Reports> {
  const wanted = requestedReports(flags);
  await refuseConflicts(wanted, flags, inputs, context.env.GITHUB_STEP_SUMMARY);
  const criteria = await loadCriteria(context, flags);
  const writers = await Promise.all(wanted.map((one) => loadWriter(one, context, flags)));
  const toStdout = wanted.some(({ file }) => file === undefined);
  if (!toStdout) writers.unshift(tableWriter(context, await loadTable(context, flags)));

  return {
    baseline: criteria.baseline,
    async publish(report) {
      // Here and in the progress, so that no format and no file can repeat a key that a model repeated.
      const judged = await criteria.apply(redacted(secretsOfRun(context), report));
      // One after the other: that of 1,000 models can be 50 MB.
      const failures: unknown[] = [];
      for (const write of writers) {
        await write(judged).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
      return judged;
    },
  };
}

/** The reports of `--json` and `--report`. */
export function requestedReports({ report = [], json = false }: ReportFlags): RequestedReport[] {
  return [...(json ? [{ format: 'json' as const, file: undefined }] : []), ...report];
}

/**
 * Two outputs in one file, or an output in a file that is also read, would destroy what one of them
 * holds. A baseline is both with --update-baseline.
 * @throws UsageError `report_conflict`
 */
export async function refuseConflicts(
  wanted: readonly RequestedReport[],
  { baseline, updateBaseline, knownFailures }: ReportFlags,
  inputs: readonly NamedFile[],
  summary: string | undefined,
): Promise<void> {
  const flag = (by: string, path: string | undefined) => (path === undefined ? [] : [{ by, path }]);
  if (wanted.filter(({ file }) => file === undefined).length > 1) throw twice('stdout');
  const read = [...inputs, ...flag('--known-failures', knownFailures)];
  const kept = flag('--baseline', baseline);
  const reports = wanted.flatMap(({ format, file }) => flag(`--report ${format}`, file));
  const github = wanted.some(({ format }) => format === 'github');
  const written = [...reports, ...flag('GITHUB_STEP_SUMMARY', github ? summary : undefined)];
  const taken = new Map<string, NamedFile>();
  for (const one of [...read, ...kept]) {
    const place = await fileIdentity(absolutePath(one.path));
    const other = place === undefined ? undefined : taken.get(place);
    if (other && updateBaseline === true && kept.includes(one)) throw overwrites(one, other);
    if (place !== undefined) taken.set(place, one);
  }
  const used = new Set<string>();
  for (const one of written) {
    const path = absolutePath(one.path);
    const place = await fileIdentity(path);
    const input = place === undefined ? undefined : taken.get(place);
    if (input) throw overwrites(one, input);
    if (used.has(place ?? path)) throw twice(one.path);
    used.add(place ?? path);
  }
}

function twice(place: string): UsageError {
  return new UsageError(`Two reports would go to ${place}`, {
    code: 'report_conflict',
    hint: 'Give each report its own file: --report FORMAT=FILE',
  });
}

function overwrites(output: NamedFile, input: NamedFile): UsageError {
  return new UsageError(
    `${output.by} would overwrite ${output.path}, the file that ${input.by} reads`,
    { code: 'report_conflict', hint: `Name another file for ${output.by}.` },
  );
}

type Write = (report: JudgedReport) => Promise<void>;

async function loadWriter(
  { format, file }: RequestedReport,
  context: Context,
  flags: ReportFlags,
): Promise<Write> {
  if (format === 'github') return loadGithubWriter(file, context, flags);
  const render = await RENDERERS[format]();
  if (file === undefined) return (report) => print(context, render(report));
  await prepareToWrite(file);
  return (report) =>
    writeUserFile(
      file,
      buffersOf(() => render(report)),
      context,
    );
}

/** The parts in UTF-8, each made when it is written: a file that cannot be replaced is written again. */
function buffersOf(render: () => string | Iterable<string>): Iterable<Buffer> {
  return {
    *[Symbol.iterator]() {
      const text = render();
      for (const part of typeof text === 'string' ? [text] : text) yield Buffer.from(part);
    },
  };
}

const RENDERERS: Record<Exclude<Format, 'github'>, () => Promise<Render>> = {
  json: async () => (await import('../../reporters/json.ts')).validationJson,
  junit: async () => (await import('../../reporters/junit.ts')).validationJunit,
  tap: async () => (await import('../../reporters/tap.ts')).validationTap,
  markdown: async () => (await import('../../reporters/markdown.ts')).validationMarkdown,
  html: async () => (await import('../../reporters/html/page.ts')).validationHtml,
};

/** Writes the table and the annotations into the log, and a table into the job's summary. */
async function loadGithubWriter(
  file: string | undefined,
  context: Context,
  flags: ReportFlags,
): Promise<Write> {
  const { env, random } = context;
  const [{ githubAnnotations, suspendCommands }, { validationMarkdown }] = await Promise.all([
    import('../../reporters/github.ts'),
    import('../../reporters/markdown.ts'),
  ]);
  const summary = env.GITHUB_STEP_SUMMARY;
  const table = file === undefined ? await loadTable(context, flags) : undefined;
  if (file !== undefined) await prepareToWrite(file);
  return async (report) => {
    const annotations = githubAnnotations(report);
    if (table) {
      const text = suspendCommands(table(report), random.uuid()) + annotations;
      const { unguarded } = await import('../../terminal/workflow-commands.ts');
      await printTo(unguarded(context.terminal.stdout), text);
    } else if (file !== undefined) {
      await writeUserFile(file, annotations, context);
    }
    if (summary) await appendToSummary(summary, validationMarkdown, report, context);
  };
}

/** GitHub drops the whole summary of a step that is larger than this. */
const SUMMARY_BYTES = 2 ** 20;

/** Each step has a file of its own, but an earlier command of the same step may have written to it. */
async function appendToSummary(
  path: string,
  markdown: (report: JudgedReport, most: number) => string,
  report: JudgedReport,
  context: Context,
): Promise<void> {
  const used = await stat(path).then(
    ({ size }) => size,
    () => 0,
  );
  // The runner ends a last line that has no end.
  const text = markdown(report, SUMMARY_BYTES - used - 2);
  if (text !== '') return appendToUserFile(path, text, context);
  notice(context, `${path} has no space for a summary: it holds ${used} bytes already.`);
}

function tableWriter(context: Context, render: Render): Write {
  return async (report) => {
    // A table in which every model is skipped tells nothing.
    if (report.summary.skipped < report.summary.total) await print(context, render(report));
  };
}

async function loadTable(
  { terminal }: Context,
  { sanitize }: ReportFlags,
): Promise<(report: JudgedReport) => string> {
  const [{ validationTable }, { loadTableFormat }] = await Promise.all([
    import('../../reporters/table.ts'),
    import('../../terminal/table.ts'),
  ]);
  const format = await loadTableFormat(terminal, { sanitize: sanitize === true });
  return (report) => format(validationTable(report));
}

const print = ({ terminal }: Context, text: string | Iterable<string>) =>
  printTo(terminal.stdout, text);

async function printTo(stream: OutputStream, text: string | Iterable<string>): Promise<void> {
  const writer = createWriter(stream);
  for (const part of typeof text === 'string' ? [text] : text) await writer.write(part);
  await writer.flush();
}
