import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Browser, Page } from 'playwright-core';
import { validationHtml } from '../../../src/reporters/html/page.ts';
import { openBrowser, withoutBrowser } from '../../helpers/browser.ts';
import { failed, judged, variety } from '../../helpers/validation-report.ts';

const SCROLL_WIDTH = 'document.documentElement.scrollWidth';
const FAINT_TEXT = readFileSync(new URL('faint-text.js', import.meta.url), 'utf8');

describe.skipIf(withoutBrowser)('the page in a browser', () => {
  let browser: Browser & AsyncDisposable;
  let page: Page;
  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.newPage();
  });
  afterAll(() => browser?.close());

  interface Look {
    width?: number;
    scheme?: 'light' | 'dark';
    text?: string;
  }

  /** Shows the page and resolves to what is seen of it. */
  async function look<T>(see: () => Promise<T>, how: Look = {}): Promise<T> {
    const { width = 1280, scheme = 'light', text = validationHtml(variety()) } = how;
    await page.setViewportSize({ width, height: 800 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.setContent(text);
    return see();
  }

  it.each([360, 768, 1280])('fits %i pixels without scrolling sideways', async (width) => {
    const wide = await look(() => page.evaluate<number>(SCROLL_WIDTH), { width });
    expect(wide).toBe(width);
  });

  it('fits a phone even with the longest names and words', async () => {
    const report = judged([failed('m'.repeat(200), 'error', 'w'.repeat(500))]);
    const how = { width: 360, text: validationHtml(report) };
    expect(await look(() => page.evaluate<number>(SCROLL_WIDTH), how)).toBe(360);
  });

  it.each(['light', 'dark'] as const)('has text of enough contrast in %s', async (scheme) => {
    for (const width of [360, 1280]) {
      const faint = await look(() => page.evaluate<string[]>(FAINT_TEXT), { width, scheme });
      expect(faint).toEqual([]);
    }
  });

  it('is dark when the system prefers dark colors', async () => {
    const back = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
    expect(await look(back, { scheme: 'light' })).toBe('rgb(255, 255, 255)');
    expect(await look(back, { scheme: 'dark' })).toBe('rgb(20, 23, 28)');
  });

  it('sends no request and logs no error', async () => {
    const noise: string[] = [];
    page.on('request', (request) => noise.push(request.url()));
    page.on('console', (message) => noise.push(message.text()));
    await look(() => page.locator('summary').first().click());
    page.removeAllListeners();
    expect(noise).toEqual([]);
  });

  it('runs no script, even an injected one', async () => {
    const text = validationHtml(variety()).replace(
      '<main>',
      '<main><script>document.title="x"</script>',
    );
    expect(await look(() => page.title(), { text })).toContain('required models failed');
  });

  it.each([360, 1280])('has the right roles for a screen reader at %i pixels', async (width) => {
    const seen = await look(() => page.locator('main').ariaSnapshot(), { width });
    const tree = seen.replaceAll('\u00A0', ' ');
    expect(tree).toContain('- heading "Verdicts" [level=2]');
    expect(tree).toContain('- table "Verdicts":');
    expect(tree).toMatch(
      /- 'row "liar (Need )?required (Verdict )?fail (Latency )?2\.95 s (First token )?301 ms/,
    );
    expect(tree).toContain('- rowheader "qwen3-coder-plus"');
    expect(tree).toMatch(/- region "Probes":/);
    expect(tree).toContain('- columnheader "vision"');
    expect(tree).toContain(
      '812 ms, first token after 301 ms, 61 tokens per second, baseline 800 ms',
    );
    expect(tree).toMatch(
      /- 'row "snail (Change )?worse (Before )?pass, 900 ms (Now )?pass \(slower\), 9\.10 s/,
    );
  });

  it('opens the failed models and folds the others', async () => {
    const open = await look(() => page.locator('details[open] > summary').allInnerTexts());
    expect(open.map((text) => text.split(' ')[0])).toEqual(['liar', 'snail']);
  });

  it('draws the time to the first token within the bar, to scale', async () => {
    const lengths = await look(() =>
      page.evaluate<number[]>(
        "[...document.querySelectorAll('.bars li:last-child path')].map((path) => path.getTotalLength())",
      ),
    );
    expect(lengths.slice(0, 2).map(Math.round)).toEqual([1000, 440]);
  });
});
