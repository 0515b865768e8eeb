import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { absolutePath } from '../paths.ts';

/** What `reportOptions` declares, and `--json`, which is `--report json` in short. */
export interface ReportFlags {
  report?: string[];
  json?: boolean;
  sanitize?: boolean;
  baseline?: string;
  updateBaseline?: boolean;
  maxSlowdown?: string;
  knownFailures?: string;
}

export const FORMATS = ['json', 'junit', 'github', 'tap', 'markdown', 'html'] as const;

export type Format = (typeof FORMATS)[number];

/** A report that was asked for; without a file it goes to stdout. */
export interface RequestedReport {
  format: Format;
  file: string | undefined;
}

/** Declares the flags of `ReportFlags`. `path` reads the path of a flag. */
export function reportOptions(command: Command, path: (value: string) => string): Command {
  return command
    .optionsGroup('Reports:')
    .option(
      '--report <format[=file]>',
      `${FORMATS.join(', ')}; to stdout without a file; any number of them`,
      (value: string, before: string[] | undefined) => [
        ...(before ?? []),
        value.replace(/(?<==).*/s, path),
      ],
    )
    .option('--baseline <file>', 'fail only for what got worse since it was written', path)
    .option('--update-baseline', 'write what is found into the file of --baseline')
    .option('--max-slowdown <factor>', 'so many times slower than the baseline fails (default: 3)')
    .option(
      '--known-failures <file>',
      'failures to excuse, each with a reason and a last day',
      path,
    );
}

/** @throws UsageError for an unknown format, or where two reports would go to one place */
export function parseReports({ report = [], json = false }: ReportFlags): RequestedReport[] {
  const wanted = [...(json ? ['json'] : []), ...report].map(parseReport);
  const places = wanted.map(({ file }) => (file === undefined ? undefined : absolutePath(file)));
  const second = wanted.find((_, index) => places.indexOf(places[index]) !== index);
  if (second !== undefined) {
    throw new UsageError(`Two reports would go to ${second.file ?? 'stdout'}`, {
      code: 'report_conflict',
      hint: 'Give each a file of its own: --report FORMAT=FILE',
    });
  }
  return wanted;
}

function parseReport(text: string): RequestedReport {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  const format = FORMATS.find((known) => known === name);
  if (format === undefined) {
    throw new UsageError(`--report ${text}: there is no format "${name}"`, {
      code: 'unknown_report_format',
      hint: `One of ${FORMATS.join(', ')}, followed by =FILE unless it is for stdout.`,
    });
  }
  const file = equals === -1 ? undefined : text.slice(equals + 1);
  if (file?.trim() === '') {
    throw new UsageError(`--report ${text} names no file`, { code: 'empty_flag' });
  }
  return { format, file };
}

const DEFAULT_SLOWDOWN = 3;

/** @throws UsageError unless it is a number greater than 1 */
export function parseSlowdown(text: string | undefined): number {
  if (text === undefined) return DEFAULT_SLOWDOWN;
  const factor = /^\d+(?:\.\d+)?$/.test(text.trim()) ? Number(text) : 0;
  if (factor > 1) return factor;
  throw new UsageError(`--max-slowdown ${text} is not a factor greater than 1`, {
    code: 'invalid_factor',
  });
}
