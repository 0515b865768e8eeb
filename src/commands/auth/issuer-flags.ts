import { type Command, Option } from 'commander';
import { Interrupted, UsageError } from '../../core/errors.ts';
import { readStandardInput } from '../../core/files/read-to-end.ts';
import { textOf } from '../../core/files/text.ts';
import { readUserText } from '../../core/files/user-file.ts';
import { fromEnvironment, type Sourced } from '../../core/settings/layers.ts';
import { promptSecret } from '../../terminal/secret-prompt.ts';
import type { Context } from '../context.ts';
import { collect } from '../options.ts';
import { pathParser } from '../paths.ts';

/** The flags of `auth login` for issuers that need more than `--issuer` and `--client-id`. */
export interface IssuerFlags {
  deviceEndpoint?: string;
  tokenEndpoint?: string;
  trustHost?: string[];
  clientSecretFile?: string;
  /** Refused: other users can read a command line. */
  clientSecret?: unknown;
  param?: string[];
}

/** The names of `IssuerFlags`. */
export const ISSUER_FLAGS = [
  'deviceEndpoint',
  'tokenEndpoint',
  'trustHost',
  'clientSecretFile',
  'param',
] as const satisfies readonly (keyof IssuerFlags)[];

const FILE_FLAG = '--client-secret-file';
/** Bytes. A longer text is a file that was given by mistake. */
const SECRET_CAP = 8192;

/** Declares `IssuerFlags`. */
export function issuerOptions(command: Command, context: Context): void {
  command
    .optionsGroup('Issuer:')
    .option('--device-endpoint <url>', 'use this device authorization endpoint (RFC 8628)')
    .option('--token-endpoint <url>', 'use this token endpoint')
    .option(
      '--trust-host <host>',
      'accept endpoints of the issuer on this host, repeatable',
      collect,
    )
    .option(
      `${FILE_FLAG} <file>`,
      'read the client secret from this file, or - for standard input',
      (path: string) => (path === '-' ? path : pathParser(context)(path)),
    )
    .addOption(new Option('--client-secret [secret]', 'refused: see the flag above').hideHelp())
    .option('--param <name=value>', 'add this to the request for a code, repeatable', collect);
}

/**
 * The client secret of `--client-secret-file`, else of `QWEN_DEMO_CLIENT_SECRET`.
 * @throws UsageError `secret_in_flag`, `invalid_client_secret`; the errors of {@link readUserText}; `Interrupted` at
 *   Ctrl-C
 */
export async function clientSecret(
  context: Context,
  { clientSecret: in_flag, clientSecretFile: path }: IssuerFlags,
): Promise<Sourced<string> | undefined> {
  if (in_flag !== undefined) {
    throw new UsageError('A secret never comes from a flag: other users can read a command line', {
      code: 'secret_in_flag',
      hint: `Set QWEN_DEMO_CLIENT_SECRET, or use ${FILE_FLAG} FILE, or ${FILE_FLAG} - for standard input.`,
    });
  }
  if (path === undefined) {
    const found = fromEnvironment(context.env, 'QWEN_DEMO_CLIENT_SECRET');
    return found && { ...found, value: checked(found.value, found.source) };
  }
  const { clock, signal } = context;
  const text =
    path === '-'
      ? await fromStdin(context)
      : await readUserText(path, { clock, signal, cap: SECRET_CAP });
  const place = path === '-' ? 'standard input' : path;
  return { value: checked(text.trim(), place), source: FILE_FLAG, layer: 'flag' };
}

async function fromStdin({ terminal, signal }: Context): Promise<string> {
  const { stdin } = terminal;
  if (stdin.isTTY) {
    const typed = await promptSecret(terminal, 'Client secret (not shown): ', signal);
    if (typed === undefined) throw new Interrupted('SIGINT');
    return typed;
  }
  const tooLarge = () => invalidSecret('standard input', 'is too long');
  const text = textOf(await readStandardInput(stdin, signal, { cap: SECRET_CAP, tooLarge }));
  if (text === undefined) throw invalidSecret('standard input', 'is not text in UTF-8');
  return text;
}

function checked(secret: string, place: string): string {
  if (secret === '') throw invalidSecret(place, 'is empty');
  if (/\p{Cc}/u.test(secret)) throw invalidSecret(place, 'holds more than one line');
  return secret;
}

function invalidSecret(place: string, what: string): UsageError {
  return new UsageError(`The client secret in ${place} ${what}`, {
    code: 'invalid_client_secret',
    hint: 'Give the secret alone, on one line.',
  });
}
