import type { Command } from 'commander';
import type { Context } from './context.ts';

/** The commit that was built; empty where there was no repository. The build replaces it. */
declare const __COMMIT__: string;

/** Declares `qwen-demo version`, which `--version --verbose` is too. */
export function declareVersion(command: Command, context: Context): void {
  command.option('--json', 'print one JSON document').action((flags: { json?: boolean }) => {
    const facts = versionFacts(context);
    const lines = Object.entries(facts).map(([name, fact]) => `${name.padEnd(9)} ${fact}`);
    const text = flags.json === true ? JSON.stringify(facts) : lines.join('\n');
    context.terminal.stdout.write(`${text}\n`);
  });
}

/** What a report of a bug needs to say about the program and the machine. */
export function versionFacts({ version, platform }: Context) {
  const commit = typeof __COMMIT__ === 'string' ? __COMMIT__ : '';
  return {
    version,
    commit: commit === '' ? 'unknown' : commit,
    node: process.versions.node,
    platform: `${platform.os} ${platform.arch}`,
  };
}
