import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import {
  type ConnectionOptions,
  decimalNumber,
  durationFlag,
  maxAnswerOption,
  wholeNumber,
} from '../options.ts';
import { type Bound, CONCURRENCY, parseBound, VALUE_OF } from '../../core/validation/limits.ts';
import type { LimitName, Shard } from '../../core/validation/report.ts';
import { parseShard } from '../../core/validation/shard.ts';
import type { PathParser } from '../paths.ts';

/** What commander makes of the command line. Durations are milliseconds. */
export interface ValidateModelsFlags extends ConnectionOptions, ReportFlags {
  model?: string[];
  live?: boolean;
  file?: string;
  shard?: Shard;
  /** True for `--init` without a file name. */
  init?: string | true;
  /** The same, measured; true without a file name. */
  discover?: string | true;
  probe?: string[];
  deep?: boolean;
  seed?: string;
  dryRun?: boolean;
  concurrency: number;
  /** Undefined: two minutes for each model, and the time-outs of the settings for each request. */
  timeout?: number;
  deadline?: number;
  retries: number;
  repeat: number;
  minPassRate?: number;
  maxTtft?: Bound[];
  maxLatency?: Bound[];
  minTokensPerSecond?: Bound[];
  maxTokensSpent?: number;
  failFast?: boolean;
}

/** The flags that decide what is made of a finished run. */
export interface ReportFlags {
  report?: RequestedReport[];
  json?: boolean;
  sanitize?: boolean;
  baseline?: string;
  updateBaseline?: boolean;
  maxSlowdown?: number;
  minSlowdown?: number;
  knownFailures?: string;
  strict?: boolean;
}

export const FORMATS = ['json', 'junit', 'github', 'tap', 'markdown', 'html'] as const;

export type Format = (typeof FORMATS)[number];

export interface RequestedReport {
  format: Format;
  /** Undefined for stdout. */
  file: string | undefined;
}

export function modelOptions(command: Command, path: PathParser): Command {
  return command
    .optionsGroup('Models and probes:')
    .option(
      '-m, --model <model...>',
      "test and require these models: ids, globs, a,b,c; '!GLOB' leaves out",
    )
    .option('--live', 'test and require every model that the endpoint lists')
    .addOption(
      command
        .createOption('--file <file>', 'test the models that this file describes; -m selects some')
        .argParser(path)
        .conflicts(['live', 'init', 'discover']),
    )
    .option('--init [file]', 'write such a file (models.json) from the listed models and end', path)
    .option(
      '--discover [file]',
      'the same, with what real requests show: abilities, window, thinking (about 60,000 tokens a model)',
      path,
    )
    .option(
      '--shard <part/parts>',
      'test only this part of the models, such as 2/5; a model is always in the same part',
      parseShard,
    )
    .option(
      '--probe <probe...>',
      'run these: chat, stream, system, json, tools, vision, reasoning, stop, max-tokens, long[=THOUSANDS|window], embeddings, own, errors ' +
        '(default: what each model claims, except long and errors)',
    )
    .option('--deep', 'ask all questions of every probe, as for the probes that --probe names')
    .addOption(
      command
        .createOption(
          '--dry-run',
          'print models, probes, requests and estimated tokens; ask no model',
        )
        .conflicts(['init', 'report', 'updateBaseline']),
    )
    .option('--seed <text>', 'draw the questions of the run that printed this seed');
}

const MOST_RETRIES = 10;
const MOST_REPEATS = 1000;
const MOST_TOKENS = 1e9;

/** Collects the limits of a flag that can be repeated. */
function boundFlag(flag: string, limit: LimitName) {
  return (text: string, before: readonly Bound[] = []) => [
    ...before,
    parseBound(text, flag, VALUE_OF[limit]),
  ];
}

export function limitOptions(command: Command): Command {
  return command
    .optionsGroup('Limits:')
    .option(
      '-j, --concurrency <n>',
      'test this many models at the same time',
      decimalNumber('--concurrency', CONCURRENCY),
      4,
    )
    .option(
      '--timeout <duration>',
      'limit the time for one model and all its probes (default: 2m)',
      durationFlag('--timeout'),
    )
    .option('--deadline <duration>', 'limit the time of the whole run', durationFlag('--deadline'))
    .option(
      '--retries <n>',
      'repeat a probe that does not pass, up to this many times',
      wholeNumber('--retries', 0, MOST_RETRIES),
      0,
    )
    .option(
      '--repeat <n>',
      'run every probe this many times, for median and spread',
      wholeNumber('--repeat', 1, MOST_REPEATS),
      1,
    )
    .option(
      '--min-pass-rate <share>',
      'with --repeat, pass a probe that passes this share of the times, such as 0.9 (default: 1)',
      decimalNumber('--min-pass-rate', {
        what: 'a share greater than 0, and at most 1',
        code: 'invalid_min_pass_rate',
        accepts: (share) => share > 0 && share <= 1,
      }),
    )
    .option(
      '--max-ttft <limit>',
      'fail a model whose first token takes longer: 2s for the median of every probe, p95=2s, ' +
        'p99=2s, chat:2s or chat:p95=2s for one; repeatable',
      boundFlag('--max-ttft', 'max_ttft'),
    )
    .option(
      '--max-latency <limit>',
      'fail a model whose answer takes longer; written like --max-ttft',
      boundFlag('--max-latency', 'max_latency'),
    )
    .option(
      '--min-tokens-per-second <limit>',
      'fail a model that writes more slowly: 20, p95=20, stream:20',
      boundFlag('--min-tokens-per-second', 'min_tokens_per_second'),
    )
    .addOption(maxAnswerOption())
    .option(
      '--max-tokens-spent <n>',
      'send no request that would bring the run above this many tokens',
      wholeNumber('--max-tokens-spent', 1, MOST_TOKENS),
    )
    .option('--fail-fast', 'end the run at the first required model that does not pass');
}

export function reportOptions(command: Command, path: PathParser): Command {
  return command
    .optionsGroup('Reports:')
    .option(
      '--report <format[=file]>',
      `write a report: ${FORMATS.join(', ')}; to stdout without a file; repeatable`,
      (value: string, before: RequestedReport[] | undefined) => [
        ...(before ?? []),
        parseReport(value, path),
      ],
    )
    .option('--baseline <file>', 'fail only for what is worse than in this earlier run', path)
    .option('--update-baseline', 'write the results into the file of --baseline')
    .option(
      '--max-slowdown <factor>',
      'fail a probe this many times slower than in the baseline (default: 3)',
      decimalNumber('--max-slowdown', {
        what: 'a factor greater than 1',
        code: 'invalid_factor',
        accepts: (factor) => factor > 1,
      }),
    )
    .option(
      '--min-slowdown <duration>',
      'and by more than this: a shorter delay is noise (default: 500ms)',
      durationFlag('--min-slowdown'),
    )
    .option(
      '--known-failures <file>',
      'excuse the failures in this file, each with a reason and an end date',
      path,
    )
    .option('--strict', 'fail for a warning: what works here, but breaks other clients')
    .option('--json', 'print one JSON document, like --report json');
}

/** @throws UsageError `unknown_report_format`, `empty_flag` */
function parseReport(text: string, path: PathParser): RequestedReport {
  const equals = text.indexOf('=');
  const name = equals === -1 ? text : text.slice(0, equals);
  const format = FORMATS.find((known) => known === name);
  if (format === undefined) {
    throw new UsageError(`--report ${text}: there is no format "${name}"`, {
      code: 'unknown_report_format',
      choice: { given: name, among: FORMATS },
      hint: `Use one of ${FORMATS.join(', ')}, followed by =FILE unless it is for stdout.`,
    });
  }
  const file = equals === -1 ? undefined : text.slice(equals + 1);
  if (file?.trim() === '') {
    throw new UsageError(`--report ${text} names no file`, { code: 'empty_flag' });
  }
  return { format, file: file === undefined ? undefined : path(file) };
}
