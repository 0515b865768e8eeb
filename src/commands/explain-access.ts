import { signInCommand } from '../core/credentials/authorization-server.ts';
import { AuthError, rephrase, UsageError } from '../core/errors.ts';
import type { Settings } from '../core/settings/settings.ts';
import { readConfig } from './config-file.ts';
import type { Context } from './context.ts';
import { quoted } from './hint-commands.ts';

/**
 * The same error. To somebody who is not signed in it names the login that the settings describe, the
 * profiles that hold one, and what is set and not used.
 */
export async function explainAccess(
  error: unknown,
  context: Context,
  { issuer, client_id, profile }: Settings,
  unused: readonly string[],
): Promise<unknown> {
  if (error instanceof UsageError && error.code === 'no_endpoint') {
    const name = unused.find((one) => one.includes('_BASE'));
    const value = name === undefined ? undefined : context.env[name];
    if (name === undefined || value === undefined) return error;
    return rephrase(error, { hint: onlyInEnvironment(name, value) });
  }
  if (!(error instanceof AuthError) || error.code !== 'not_signed_in') return error;
  const command = signInCommand(issuer, client_id?.value);
  const hint = issuer ? error.hint?.replace(/qwen-demo auth .*/, command) : error.hint;
  const openai = unused.includes('OPENAI_API_KEY')
    ? ' OPENAI_API_KEY needs OPENAI_BASE_URL beside it.'
    : '';
  const lines = [
    hint,
    ...(await otherProfiles(context, profile.value)),
    ...(unused.length === 0 ? [] : [`Set and not used: ${unused.join(', ')}.${openai}`]),
  ];
  return rephrase(error, { hint: lines.join('\n') });
}

async function otherProfiles(context: Context, used: string): Promise<string[]> {
  const { profiles = {} } = await readConfig(context);
  return Object.entries(profiles)
    .filter(([name, { auth }]) => name !== used && auth !== undefined)
    .map(([name, { auth }]) => {
      const held = auth === 'oauth' ? 'a login' : 'an API key';
      return `The profile ${name} holds ${held}: add --profile ${name}`;
    });
}

function onlyInEnvironment(name: string, base_url: string): string {
  return (
    `${name} is not used: a token goes only to an API that is named for its login. Use --base-url,\n` +
    `or store it with the login: qwen-demo auth --base-url ${quoted(base_url)}`
  );
}
