import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { UsageError } from '../../core/errors.ts';
import { didYouMean } from '../../core/nearest.ts';
import { DEFAULT_PROFILE } from '../../core/settings/files.ts';
import { fromEnvironment } from '../../core/settings/layers.ts';
import { sanitize } from '../../terminal/sanitize.ts';
import { wrapFor } from '../../terminal/wrap.ts';
import { recordDefaultProfile } from '../change-config.ts';
import { readConfig } from '../config-file.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import { openApiKey } from '../stored-key.ts';
import { ownFilesOf } from '../paths.ts';
import { everyProfile } from '../profiles.ts';
import { recordKey } from './record.ts';

/** Declares `qwen-demo auth switch`. */
export function switchCommand(auth: Command, context: Context): void {
  auth
    .command('switch')
    .description('Make a profile the one that every command uses.')
    .argument('<name>', 'a profile of auth list; "default" goes back to the first one')
    .action((name: string) => switchTo(context, name));
}

/**
 * Records the default profile in `config.json`.
 * @throws UsageError `unknown_profile`; the errors of {@link recordDefaultProfile}
 */
async function switchTo(context: Context, name: string): Promise<void> {
  const { env } = context;
  const known = await everyProfile(context);
  if (!known.includes(name)) {
    throw new UsageError(`There is no profile "${name}"${didYouMean(name, known)}`, {
      code: 'unknown_profile',
      choice: { given: name, among: known },
      hint:
        `There ${known.length === 1 ? 'is' : 'are'}: ${known.join(', ')}\n` +
        'To add one, sign in with a new name: qwen-demo auth login --profile NAME',
    });
  }
  await recordKeyOfFile(context, name);
  await recordDefaultProfile(context, name);
  const { stdout } = context.terminal;
  const text = `Every command now uses the profile ${name}.\n`;
  stdout.write(wrapFor(stdout, sanitize(text)));
  const variable = fromEnvironment(env, 'QWEN_DEMO_PROFILE');
  if (variable && variable.value !== name) {
    notice(
      context,
      `QWEN_DEMO_PROFILE is set to "${variable.value}" and comes first: until you unset it, ` +
        `commands use that profile.`,
    );
  }
}

/** A profile that is only the file of an API key is recorded with the endpoint of that key. */
async function recordKeyOfFile(context: Context, name: string): Promise<void> {
  const { profiles = {} } = await readConfig(context);
  if (name === DEFAULT_PROFILE || Object.hasOwn(profiles, name)) return;
  const { api_key, credentials } = ownFilesOf(context.env, name);
  if (existsSync(credentials)) return;
  const store = { value: 'file', source: 'default', layer: 'default' } as const;
  const file = openApiKey(context, { store, api_key_file: api_key });
  const key = await file.load();
  if (!key) return;
  const profile = {
    value: name,
    source: 'default',
    layer: 'default',
    recorded: undefined,
  } as const;
  await recordKey(context, profile, {
    store: 'file',
    endpoint: key.endpoint,
    location: file.location,
  });
}
