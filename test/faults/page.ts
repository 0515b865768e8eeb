import { FAULT_GROUPS } from '../../src/sandbox/faults/table.ts';
import type { Result } from './run-scene.ts';
import { SCENES, type Scene } from './scenes.ts';

/** A row: a fault, the commands that do the same then, and what they do. */
export interface Row {
  fault: string;
  commands: string[];
  exit: string;
  requests: string;
  seen: string;
}

const INTRODUCTION = `# What happens when

This page says what each command does when a server fails in each way that the sandbox can produce. \`npm run faults\` runs all of it against the sandbox and compares; \`npm run faults -- --write\` writes this page.

\`qwen-demo sandbox --fault FAULT -- COMMAND\` shows a row. Here every command has one retry (\`QWEN_DEMO_MAX_RETRIES=1\`), and with faults that wait for ever a time-out of 700 ms (\`QWEN_DEMO_TIMEOUT\`). The word in parentheses says which request of the command fails: \`auth login (poll)\`. The number of requests counts those to this endpoint. SERVER stands for the address of the sandbox. \`chat (refresh)\` is a chat whose login has expired.

None of these runs ends with exit code 1, prints a key or token, sends control characters to stderr, or leaves a temporary file; \`npm run faults\` fails if one does.
`;

/** What the user sees of one run. */
export function rowOf({ fault, command }: Scene, result: Result): Row {
  const { code, requests, stdout, message, files } = result;
  const words = {
    nothing: '',
    all: shownBy(command.name),
    'a part': 'what arrived',
    'something else': 'what came',
  };
  const parts = [words[stdout], message && visible(`“${message}”`), files];
  return {
    fault,
    commands: [command.name],
    exit: `${code}`,
    requests,
    seen: parts.filter((part) => part !== '').join('; '),
  };
}

function shownBy(command: string): string {
  return command.startsWith('chat') ? 'the answer' : '';
}

/** Characters that nobody sees are written as escapes, and signs of Markdown as they are. */
function visible(text: string): string {
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\p{Co}]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)
    .replaceAll(/[\\`*_[\]<>|]/g, String.raw`\$&`);
}

/** The whole page. */
export function pageOf(results: readonly Result[]): string {
  const rows = SCENES.map((scene, index) => ({
    ...rowOf(scene, results[index] as Result),
    group: scene.group,
  }));
  const sections = Object.keys(FAULT_GROUPS).map((group) => {
    const lines = merged(rows.filter((row) => row.group === group)).map(lineOf);
    return [`## ${group}`, '', HEAD, '|---|---|---|---|---|', ...lines, ''].join('\n');
  });
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

const HEAD = '| fault | command | exit | requests | what you see |';

/** Joins the commands that do the same at the same fault. */
function merged(rows: readonly Row[]): Row[] {
  const found = new Map<string, Row>();
  for (const row of rows) {
    const key = JSON.stringify([row.fault, row.exit, row.requests, row.seen]);
    const same = found.get(key);
    if (same) same.commands.push(...row.commands);
    else found.set(key, { ...row, commands: [...row.commands] });
  }
  return [...found.values()];
}

function lineOf({ fault, commands, exit, requests, seen }: Row): string {
  const named = commands.map((command) => `\`${command}\``).join(', ');
  return `| \`${fault}\` | ${named} | ${exit} | ${requests} | ${seen} |`;
}

/** The rows of a page, one for each fault and command: `FAULT COMMAND` and the rest of the row. */
export function rowsIn(page: string): ReadonlyMap<string, string> {
  const lines = page.matchAll(/^\| `(.+?)` \| (`.+?`) \| (\d+ \| .*) \|$/gm);
  return new Map(
    Array.from(lines).flatMap(([, fault, commands = '', rest = '']) =>
      Array.from(commands.matchAll(/`(.+?)`/g), ([, command]): [string, string] => [
        `${fault} ${command}`,
        rest,
      ]),
    ),
  );
}

/** What `rowsIn` gives for one run. */
export function entryOf(scene: Scene, result: Result): [string, string] {
  const { exit, requests, seen } = rowOf(scene, result);
  return [`${scene.fault} ${scene.command.name}`, `${exit} | ${requests} | ${seen}`];
}
