import { existsSync } from 'node:fs';
import { temporaryFolder } from './real-world.ts';
import { type Browser, chromium } from 'playwright-core';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The machine's own browser; undefined where there is none. A CI must have one. */
export const executable = EXECUTABLES.find((path) => existsSync(path));

/** Whether browser tests are left out: on a developer's machine without Chromium, never in a CI. */
export const withoutBrowser = executable === undefined && !process.env.CI;

/**
 * Debian's Chromium, headless, without a word to the outside.
 * @param here names that it resolves to 127.0.0.1
 */
export async function openBrowser(...here: string[]): Promise<Browser & AsyncDisposable> {
  // It leaves a profile in the home folder.
  const home = await temporaryFolder();
  const browser = await chromium.launch({
    env: { ...process.env, HOME: home.path },
    ...(executable !== undefined && { executablePath: executable }),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=${here.map((name) => `MAP ${name} 127.0.0.1`).join(',')}`,
    ],
  });
  return Object.assign(browser, {
    async [Symbol.asyncDispose]() {
      await browser.close();
      await home[Symbol.asyncDispose]();
    },
  });
}
