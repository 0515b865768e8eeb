import { ownValue } from '../../core/json.ts';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from 'commander';
import { helpWidth, PIPE_WIDTH } from '../../terminal/help-items.ts';
import { textWidth, wrapWords } from '../../terminal/wrap.ts';
import type { Context } from '../context.ts';
import { type Example, type Guide, GUIDES } from './guides.ts';
import { SETTING_ROWS } from './tables.ts';

/** Adds examples, variables and the page to the help of a command and of those below it. */
export async function explain(command: Command, context: Context): Promise<void> {
  const path = pathOf(command);
  const guide = ownValue(GUIDES, path);
  if (guide !== undefined) {
    // The topics load the schema of config.json: 12 ms.
    const topics = path === 'config' ? await import('./topic.ts') : undefined;
    command.addHelpText('after', () => {
      const width = helpWidth(context.terminal.stdout) || PIPE_WIDTH;
      const topic = topics?.topicOfCommand(path, width, context) ?? [];
      return `\n${[...topic, ...guideText(path, guide, width, pageOf(guide, context))].join('\n')}`;
    });
  }
  for (const below of command.commands) await explain(below, context);
}

function pathOf(command: Command): string {
  const { parent } = command;
  return parent?.parent ? `${parent.name()} ${command.name()}` : command.name();
}

function guideText(path: string, guide: Guide, width: number, page: string): string[] {
  return [
    'Examples:',
    ...guide.examples.flatMap(([line, about]) => exampleLines([line, about], width)),
    '',
    'Environment:',
    wrapWords(`  ${variablesOf(path).join(', ')}`, width),
    '  See qwen-demo help environment',
    '',
    'Read more:',
    `  ${page}`,
  ];
}

/** Continued with a backslash where it is wider than the terminal, so that it can still be copied. */
function exampleLines([line, about]: Example, width: number): string[] {
  const lines: string[] = [];
  for (const [word] of line.matchAll(/(?:"[^"]*"|'[^']*'|\$\([^)]*\)|\S)+/g)) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word} \\`) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(`${last === undefined ? '  ' : '    '}${word}`);
  }
  const command = lines.map((one, at) => (at === lines.length - 1 ? one : `${one} \\`));
  return [...command, wrapWords(`      ${about}`, width)];
}

/** The commands that show or change profiles and have no connection. */
const OF_PROFILES = /^(?:config(?: .*)?|auth (?:list|switch))$/;

/** The names of the variables that a command reads. */
export function variablesOf(path: string): string[] {
  const { connects = false } = ownValue(GUIDES, path) ?? {};
  const rows = SETTING_ROWS.filter(({ of }) => {
    if (of === undefined || of === 'chat') return connects;
    if (of === 'profiles') return connects || OF_PROFILES.test(path);
    return of === 'every command' || of === path || (path === 'auth' && of === 'auth login');
  });
  return rows.flatMap(({ variables }) =>
    [...variables.matchAll(/`([A-Z][A-Z0-9_]*[A-Z0-9])`/g)].flatMap(([, name]) => name ?? []),
  );
}

/** The path of the page where the program is installed; else its name in the repository. */
function pageOf({ page }: Guide, { program: [, script] }: Context): string {
  try {
    const path = join(dirname(realpathSync(script ?? '')), '..', page);
    return existsSync(path) ? path : page;
  } catch {
    return page;
  }
}
