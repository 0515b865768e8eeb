import { join } from 'node:path';
import envPaths from 'env-paths';

type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration folder: `QWEN_DEMO_HOME`, or the platform's own place for such things. */
export function configurationFolder(env: Environment): string {
  return env.QWEN_DEMO_HOME || envPaths('qwen-demo', { suffix: '' }).config;
}

/** `oauth_creds.json` in the configuration folder. */
export function credentialsPath(env: Environment): string {
  return join(configurationFolder(env), 'oauth_creds.json');
}
