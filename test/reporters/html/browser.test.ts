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
    page.setDefaultTimeout(20_000);
  });
  afterAll(() => browser?.[Symbol.asyncDispose]());

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

  it('runs no script but its own, even an injected one', async () => {
    const text = validationHtml(variety()).replace(
      '<main>',
      '<main><script>document.title="x"</script>',
    );
    expect(await look(() => page.title(), { text })).toContain('required models failed');
  });

  it.each([360, 1280])('has the right roles for a screen reader at %i pixels', async (width) => {
    const seen = await look(() => page.locator('body').ariaSnapshot(), { width });
    const tree = seen.replaceAll('\u00A0', ' ');
    expect(tree).toMatch(/- group "Show":/);
    expect(tree).toContain('- radio "All 6" [checked]');
    expect(tree).toContain('- heading "Models and probes" [level=2]');
    expect(tree).toMatch(/- region "Models and probes":/);
    expect(tree).toContain('- columnheader "vision"');
    expect(tree).toMatch(/- row "liar required fail 2\.95 s 301 ms ✓ pass ✗ fail ✗ error"/);
    expect(tree).toContain('- rowheader "qwen3-coder-plus"');
  });

  /** The models that the table shows, and those that the details show. */
  const shown = async () => {
    const visible = ':visible';
    const names = (selector: string) => page.locator(selector + visible).allInnerTexts();
    return [await names('tbody th code'), await names('summary code')];
  };

  it('shows the failures first, and filters by outcome without a script', async () => {
    const text = validationHtml(variety()).replace(/<script>[^]*<\/script>/, '');
    const lists = await look(
      async () => {
        const all = await shown();
        await page.getByLabel('Failed').check();
        const failures = await shown();
        await page.getByLabel('Flaky').check();
        return [
          all[0]?.slice(0, 2),
          failures,
          await shown(),
          await page.getByLabel('Words').count(),
        ];
      },
      { text },
    );
    expect(lists.slice(0, 3)).toEqual([
      ['liar', 'snail'],
      [
        ['liar', 'snail'],
        ['liar', 'snail'],
      ],
      [['qwen3-coder-plus'], ['qwen3-coder-plus']],
    ]);
    expect(await page.getByLabel('Words').isVisible()).toBe(false);
  });

  it('filters by the words of names and reasons', async () => {
    const lists = await look(async () => {
      await page.getByLabel('Words').fill('MISSING field');
      const found = await shown();
      await page.getByLabel('Words').fill('nobody');
      return [found, await shown()];
    });
    expect(lists).toEqual([
      [['liar'], ['liar']],
      [['nobody'], ['nobody']],
    ]);
  });

  it('opens the failed models and folds the others', async () => {
    const open = await look(() => page.locator('details[open] > summary').allInnerTexts());
    expect(open.map((text) => text.split(' ')[0])).toEqual(['liar', 'snail']);
  });

  it('opens the details of a model that its link in the table names', async () => {
    const open = await look(async () => {
      await page.getByRole('link', { name: 'old-friend' }).click();
      return page.locator('details[open] > summary').allInnerTexts();
    });
    expect(open.map((text) => text.split(' ')[0])).toEqual(['liar', 'snail', 'old-friend']);
  });
});
