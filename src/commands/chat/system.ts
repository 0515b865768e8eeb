import { resolve } from 'node:path';
import { rephrase, UsageError } from '../../core/errors.ts';
import type { Sourced } from '../../core/settings/layers.ts';
import type { Context } from '../context.ts';
import { findOwnFiles, pathParser } from '../paths.ts';

/** Where the system text of a question comes from. */
export interface SystemSources {
  /** `--system`: the text, or `@` and the path of its file; '' for none. */
  system: string | undefined;
  /** The same of the profile, for messages and conversations that have none. */
  default_system: string | undefined;
}

/** In bytes. */
const SYSTEM_CAP = 2 ** 20;

/** A relative path of a file begins in the folder of config.json, if that names it. */
export function systemOf(setting: Sourced<string> | undefined, env: Context['env']): SystemSources {
  if (setting?.layer !== 'profile') return { system: setting?.value, default_system: undefined };
  const { value } = setting;
  const folder = findOwnFiles(env)?.folder;
  const isFile = value.startsWith('@') && folder !== undefined;
  const path = () => resolve(folder ?? '', pathParser({ env })(value.slice(1)));
  return { system: undefined, default_system: isFile ? `@${path()}` : value };
}

/** The system text: the text itself, or that of its file. @throws the errors of `readUserText` */
export async function readSystem(
  context: Pick<Context, 'env' | 'clock' | 'signal'>,
  { system, default_system }: SystemSources,
): Promise<string | undefined> {
  const given = system ?? default_system;
  if (given?.startsWith('@') !== true) return given;
  const { readUserText } = await import('../../core/files/user-file.ts');
  const { clock, signal } = context;
  const path = pathParser(context)(given.slice(1));
  try {
    return (await readUserText(path, { clock, signal, cap: SYSTEM_CAP })).trimEnd();
  } catch (error) {
    const missing = error instanceof UsageError && error.code === 'file_not_found';
    throw missing && system === undefined ? rephrase(error, { hint: OF_CONFIG }) : error;
  }
}

const OF_CONFIG =
  'Check the path after system in config.json: a relative one starts at the folder of config.json.';
