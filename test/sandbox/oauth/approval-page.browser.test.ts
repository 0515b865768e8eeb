import { expect, test } from 'vitest';
import { openBrowser, withoutBrowser } from '../../helpers/browser.ts';
import { loopback } from '../../helpers/loopback.ts';
import { Wire } from '../../helpers/sandbox-client.ts';

test.skipIf(withoutBrowser).each([
  ['approve', 'Approved', 1280, 'light'],
  ['deny', 'Denied', 320, 'dark'],
] as const)(
  'a person can %s in a real browser without JavaScript',
  async (decision, title, width, colorScheme) => {
    await using wire = await Wire.start();
    const { user_code } = await wire.begin();
    await using browser = await openBrowser();
    const page = await browser.newPage({
      viewport: { width, height: 700 },
      colorScheme,
      javaScriptEnabled: false,
    });
    await page.goto(`${wire.sandbox.url}/authorize?user_code=${user_code}`);
    expect(await page.textContent('.code')).toBe(user_code);
    const { width: needed } = (await page.locator('main').boundingBox()) ?? { width: Infinity };
    expect(needed).toBeLessThanOrEqual(width);
    await page.click(`button[value=${decision}]`);
    await page.locator('h1', { hasText: title }).waitFor();
  },
);

test.skipIf(withoutBrowser)(
  'another site can neither press the button nor frame the page',
  async () => {
    await using wire = await Wire.start();
    const { user_code } = await wire.begin();
    const page_url = `${wire.sandbox.url}/authorize?user_code=${user_code}`;
    await using foreign = await loopback((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${wire.sandbox.url}/authorize">
        <input name="user_code" value="${user_code}">
        <button name="decision" value="approve">Win a prize</button></form>
        <iframe src="${page_url}"></iframe>`);
    });
    await using browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(page_url);
    await page.goto(foreign.url.replace('127.0.0.1', 'localhost'));
    expect(await page.frameLocator('iframe').locator('button').count()).toBe(0);
    await page.click('button');
    await page.locator('h1', { hasText: 'Not accepted' }).waitFor();
    await page.goto(page_url);
    await page.locator('button[value=approve]').waitFor();
  },
);
