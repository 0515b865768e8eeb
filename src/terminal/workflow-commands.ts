import type { Terminal } from './terminal.ts';

/**
 * GitHub's runner obeys `##[command]` anywhere in a log, and `::command::` at the beginning of a
 * line. The words of a server must not command it.
 */
export function withoutCommands(text: string, env: Terminal['env']): string {
  if (env.GITHUB_ACTIONS === undefined) return text;
  return text.replaceAll('##[', '# #[').replaceAll(/^(\s*):(?=:)/gm, '$1: ');
}
