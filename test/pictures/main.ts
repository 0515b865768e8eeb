/**
 * Draws the pictures of docs/pictures from real runs. With `--check` it writes nothing, and exits 1 when
 * a picture of a terminal shows what the program no longer prints.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startSandbox } from '../../src/sandbox/server.ts';
import { openBrowser } from '../helpers/browser.ts';
import { createHome } from '../helpers/program.ts';
import { draw, lastingIn, STORIES, textIn } from './runs.ts';

const folder = fileURLToPath(new URL('../../docs/pictures', import.meta.url));
const check = process.argv.includes('--check');

for (const [name, story] of Object.entries(STORIES)) {
  const path = join(folder, `${name}.svg`);
  const { svg, text } = await draw(story);
  if (!check) await writeFile(path, svg);
  else if (lastingIn(textIn(await readFile(path, 'utf8'))) !== lastingIn(text)) {
    process.exitCode = 1;
    process.stderr.write(`${path} is stale: npm run pictures. The program shows now:\n${text}\n`);
  }
}
if (!check) await photograph(join(folder, 'report.png'));

/** The HTML report of validate-models, as a browser shows it. */
async function photograph(path: string): Promise<void> {
  const [sandbox, home] = await Promise.all([startSandbox(), createHome()]);
  try {
    const args = ['validate-models', '--report', 'html=report.html'];
    await home.run(args, { env: sandbox.environment('key') });
    await using browser = await openBrowser();
    const page = await browser.newPage({ viewport: { width: 1100, height: 640 } });
    await page.goto(pathToFileURL(join(home.path, 'report.html')).href);
    await page.screenshot({ path });
  } finally {
    await home[Symbol.asyncDispose]();
    await sandbox.close();
  }
}
