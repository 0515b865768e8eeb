import { join } from 'node:path';
import envPaths from 'env-paths';

type Environment = Readonly<Record<string, string | undefined>>;

/** The configuration folder: `QWEN_DEMO_HOME`, or the platform's own place for such things. */
export function configurationFolder(env: Environment): string {
  return env.QWEN_DEMO_HOME || envPaths('qwen-demo', { suffix: '' }).config;
}

/** `STEM.json` in the configuration folder for the default profile, `STEM.NAME.json` for another. */
export function profileFile(env: Environment, stem: string, profile: string): string {
  const name = profile === 'default' ? `${stem}.json` : `${stem}.${profile}.json`;
  return join(configurationFolder(env), name);
}
