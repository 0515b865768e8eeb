import { existsSync } from 'node:fs';
import { QwenDemoError } from '../../core/errors.ts';
import { PROXY_VARIABLES } from '../../core/http/proxy.ts';
import { chatSettings } from '../../core/settings/chat-settings.ts';
import { chooseProfile } from '../../core/settings/profile.ts';
import { resolveSettings, type Settings } from '../../core/settings/settings.ts';
import { readSystem, systemOf } from '../chat/system.ts';
import { settingsOf } from '../connect.ts';
import type { Context } from '../context.ts';
import type { ConnectionOptions } from '../options.ts';
import { findOwnFiles, homeSources } from '../paths.ts';
import { type Finding, ok, problem } from './finding.ts';

/** The settings to check with. */
export interface SettingsCheck {
  finding: Finding;
  settings: Settings;
  /** False when they are not those of the user: then no login and no key may be used with them. */
  usable: boolean;
}

/** The settings of every other command; with a mistake in them, those that are left without it. */
export async function checkSettings(
  context: Context,
  flags: ConnectionOptions,
): Promise<SettingsCheck> {
  try {
    const settings = await settingsOf(context, flags);
    return { finding: ok('settings', describe(context, settings)), settings, usable: true };
  } catch (error) {
    if (!(error instanceof QwenDemoError)) throw error;
    return { finding: problem('settings', error), settings: substitute(context), usable: false };
  }
}

/**
 * Reads what a profile says of `chat` as `chat` does: other commands do not fail for it.
 * @throws the errors of {@link chatSettings} and {@link readSystem}
 */
export async function requireChatSettings(
  { env, clock }: Context,
  { profile }: Settings,
  signal: AbortSignal,
): Promise<void> {
  const { system } = chatSettings({ flags: {}, env, profile });
  await readSystem({ env, clock, signal }, systemOf(system, env));
}

function describe({ env }: Context, { profile, auth }: Settings): string {
  const config = findOwnFiles(env)?.config;
  const file =
    config !== undefined && existsSync(config) ? 'config.json is good' : 'no config.json';
  const access = auth.method === 'oauth' ? 'a login' : 'an API key';
  return `${file}; profile ${profile.value}, access by ${access} (${auth.source})`;
}

/** Without config.json; without the environment too when it holds the mistake, but for its proxies. */
function substitute(context: Context): Settings {
  const proxies = Object.fromEntries(PROXY_VARIABLES.map((name) => [name, context.env[name]]));
  try {
    return resolved(context, context.env);
  } catch {
    return resolved(context, proxies);
  }
}

function resolved({ env: own, version }: Context, env: Context['env']): Settings {
  return resolveSettings({
    flags: {},
    env,
    profile: chooseProfile({ flag: undefined, env: {}, config: {}, new_profile: false }),
    home: homeSources(own),
    files: findOwnFiles(own),
    has_login: existsSync,
    default_user_agent: `qwen-demo/${version}`,
  });
}
