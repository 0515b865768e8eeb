import { realpathSync } from 'node:fs';
import { describeError } from '../../core/error-report.ts';
import { redact } from '../../core/redaction.ts';
import { homeFolder } from '../../core/settings/home.ts';
import { sanitize, stringify } from '../../terminal/sanitize.ts';
import { loadPaint } from '../../terminal/style.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import type { Context } from '../context.ts';
import { completeHint } from '../hint-commands.ts';
import { homeSources } from '../paths.ts';
import { secretsOfRun } from '../secrets.ts';
import { CHECKS, type Finding } from './finding.ts';

/** The findings in the order of the checks. Those of a check with the same hint are one line. */
export function inOrder(findings: readonly Finding[]): Finding[] {
  const lines = new Map<string, Finding>();
  for (const check of CHECKS) {
    for (const one of findings.filter((finding) => finding.check === check)) {
      const key = `${check} ${one.status} ${one.hint ?? ''}`;
      const same = lines.get(key);
      const repeated = same?.message.split('; ').includes(one.message) === true;
      if (same === undefined) lines.set(key, one);
      else if (!repeated) lines.set(key, { ...same, message: `${same.message}; ${one.message}` });
    }
  }
  return [...lines.values()];
}

/** Writes the report to stdout. It holds no secret and not the name of the home folder. */
export async function showReport(
  context: Context,
  findings: readonly Finding[],
  json: boolean,
): Promise<void> {
  const { stdout } = context.terminal;
  const shown = shower(context);
  const clean = findings.map(({ check, status, message, hint, error }) => ({
    check,
    status,
    message: redact(shown(message)),
    hint: hint === undefined ? null : shown(completeHint(hint, context.argv)),
    ...reasonOf(error),
  }));
  if (!json) {
    stdout.write(await lines(context, clean));
    return;
  }
  const is_ok = findings.every(({ status }) => status !== 'problem');
  stdout.write(`${stringify({ version: 1, ok: is_ok, checks: clean }, 2)}\n`);
}

function reasonOf(error: unknown) {
  if (error === undefined) return { kind: null, code: null };
  const { kind, code } = describeError(error);
  return { kind, code };
}

/** A finding as it is shown. */
type Line = Pick<Finding, 'check' | 'status' | 'message'> & { hint: string | null };

const TONES = { ok: 'good', warning: 'warning', problem: 'bad' } as const;

async function lines({ terminal }: Context, findings: readonly Line[]): Promise<string> {
  const paint = await loadPaint(terminal.stdout, terminal.env);
  const width = Math.max(...findings.map(({ check }) => check.length));
  const text = findings.map(({ check, status, message, hint }) => {
    const said = sanitize(message).replaceAll(/\s*\n\s*/g, ' ');
    const next = hint === null ? [] : sanitize(hint).split('\n');
    return [
      `${check.padEnd(width)}  ${paint(`${status}:`, TONES[status])} ${said}`,
      ...next.map((line) => `${' '.repeat(width + 2)}${line}`),
    ].join('\n');
  });
  const end = `\n${summary(findings)}\n`;
  return wrapFor(terminal.stdout, `${text.join('\n')}\n${end}`);
}

function summary(findings: readonly Line[]): string {
  const count = (status: Finding['status'], one: string) => {
    const number = findings.filter((finding) => finding.status === status).length;
    return `${number} ${one}${number === 1 ? '' : 's'}`;
  };
  return `${count('problem', 'problem')}, ${count('warning', 'warning')}.`;
}

/** Takes known secrets out of a text, and writes the home folder as `~`. */
function shower(context: Context): (text: string) => string {
  const known = secretsOfRun(context);
  const folders = homesOf(context);
  return (text) => known.redact(folders.reduce(withTilde, text));
}

/** As it is named, and as it really is when that is a link. */
function homesOf({ env }: Context): string[] {
  const home = homeFolder(homeSources(env))?.replace(/[/\\]+$/, '');
  if (!home) return [];
  try {
    return [home, realpathSync(home)];
  } catch {
    return [home];
  }
}

/** A path in quotes begins behind the tilde, which a shell does not expand within them. */
function withTilde(text: string, home: string): string {
  const name = home.replaceAll(/[^\w]/g, String.raw`\$&`);
  const path = new RegExp(`(?<![\\w/\\\\.-])(')?${name}([/\\\\]|(?![\\w.-]))`, 'g');
  return text.replaceAll(path, (_, quote = '', separator = '') => `~${separator}${quote}`);
}
