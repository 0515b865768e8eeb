import { signInCommand } from '../core/credentials/authorization-server.ts';
import { AuthError, rephrase, UsageError } from '../core/errors.ts';
import type { Settings } from '../core/settings/settings.ts';
import type { Context } from './context.ts';
import { quoted } from './hint-commands.ts';

/**
 * The same error. To somebody who is not signed in it names the login that the settings describe, and
 * what is set and not used.
 */
export function explainAccess(
  error: unknown,
  { env }: Context,
  { issuer, client_id }: Settings,
  unused: readonly string[],
): unknown {
  if (error instanceof UsageError && error.code === 'no_endpoint') {
    const name = unused.find((one) => one.includes('_BASE'));
    const value = name === undefined ? undefined : env[name];
    if (name === undefined || value === undefined) return error;
    return rephrase(error, { hint: onlyInEnvironment(name, value) });
  }
  if (!(error instanceof AuthError) || error.code !== 'not_signed_in') return error;
  const command = signInCommand(issuer, client_id?.value);
  const hint = issuer ? error.hint?.replace(/qwen-demo auth .*/, command) : error.hint;
  if (unused.length === 0) return rephrase(error, { hint });
  const openai = unused.includes('OPENAI_API_KEY')
    ? ' OPENAI_API_KEY needs OPENAI_BASE_URL beside it.'
    : '';
  return rephrase(error, { hint: `${hint}\nSet and not used: ${unused.join(', ')}.${openai}` });
}

function onlyInEnvironment(name: string, base_url: string): string {
  return (
    `${name} is not used: a token goes only to an API that is named for its login. Use --base-url,\n` +
    `or store it with the login: qwen-demo auth --base-url ${quoted(base_url)}`
  );
}
