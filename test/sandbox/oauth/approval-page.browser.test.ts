import { expect, test } from 'vitest';
import { openBrowser, withoutBrowser } from '../../helpers/browser.ts';
import { loopback } from '../../helpers/loopback.ts';
import { SandboxClient } from '../../helpers/sandbox-client.ts';

test.skipIf(withoutBrowser).each([
  ['approve', 'Approved', 1280, 'light'],
  ['deny', 'Denied', 320, 'dark'],
] as const)(
  'a user can %s in a real browser without JavaScript',
  async (decision, title, width, colorScheme) => {
    await using client = await SandboxClient.start();
    const { user_code } = await client.begin();
    await using browser = await openBrowser();
    const page = await browser.newPage({
      viewport: { width, height: 700 },
      colorScheme,
      javaScriptEnabled: false,
    });
    await page.goto(`${client.sandbox.url}/authorize?user_code=${user_code}`);
    expect(await page.textContent('.code')).toBe(user_code);
    const { width: needed } = (await page.locator('main').boundingBox()) ?? { width: Infinity };
    expect(needed).toBeLessThanOrEqual(width);
    await page.click(`button[value=${decision}]`);
    await page.locator('h1', { hasText: title }).waitFor();
  },
);

test.skipIf(withoutBrowser)(
  'another site can neither submit a decision nor frame the approval page',
  async () => {
    await using client = await SandboxClient.start();
    const { user_code } = await client.begin();
    const page_url = `${client.sandbox.url}/authorize?user_code=${user_code}`;
    await using foreign = await loopback((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${client.sandbox.url}/authorize">
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
