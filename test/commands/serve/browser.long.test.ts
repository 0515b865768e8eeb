import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, withoutBrowser } from '../../helpers/browser.ts';
import { CLIENT_KEY, localEndpoint, ok, recorder, TOKEN } from '../../helpers/local-endpoint.ts';
import { loopback } from '../../helpers/loopback.ts';

/** Runs in the page: every way of a page to another origin. Resolves to what the page could read. */
const ATTEMPTS = `async (base, key) => {
  const body = JSON.stringify({ model: 'm', messages: [] });
  const post = { method: 'POST', body };
  const text = { ...post, headers: { 'content-type': 'text/plain' } };
  const bearer = { headers: { authorization: 'Bearer ' + key } };
  const read = (url, init) =>
    fetch(url, init).then(
      async (response) => [response.type, response.status, await response.text()].join(' ').trim(),
      () => 'refused',
    );
  const loaded = (element, set, into) =>
    new Promise((resolve) => {
      set(element);
      document.body.append(element);
      element.onload = () => {
        // Null for the document of another origin.
        const { contentDocument: shown } = element;
        resolve(shown === null ? 'refused' : 'loaded ' + (shown?.body.innerText ?? ''));
      };
      element.onerror = () => resolve('refused');
      into?.();
    });
  const stream = (target) =>
    new Promise((resolve) => {
      target.onopen = () => resolve('open');
      target.onmessage = ({ data }) => resolve(data);
      target.onerror = () => resolve('refused');
    });
  const frame = document.createElement('iframe');
  const form = Object.assign(document.createElement('form'), {
    method: 'POST',
    action: base + '/chat/completions',
    enctype: 'text/plain',
    target: 'frame',
  });
  form.append(Object.assign(document.createElement('input'), { name: body, value: '' }));
  document.body.append(form);
  const models = base + '/models';
  return {
    'GET': await read(models),
    'GET with the key': await read(models, bearer),
    'GET with the key as api-key': await read(models, { headers: { 'api-key': key } }),
    'GET with the key in the query': await read(models + '?api-key=' + key),
    'GET with cookies': await read(models, { credentials: 'include' }),
    'POST of text': await read(base + '/chat/completions', text),
    'POST of JSON with the key': await read(base + '/chat/completions', { ...post, ...bearer }),
    'POST without CORS': await read(base + '/chat/completions', { ...text, mode: 'no-cors' }),
    'POST without CORS with the key': await read(models, { ...post, ...bearer, mode: 'no-cors' }),
    'PUT': await read(base + '/files/f', { method: 'PUT', body }),
    'health': await read(new URL('/healthz', base)),
    'beacon': navigator.sendBeacon(base + '/chat/completions', body) ? 'sent' : 'refused',
    'script': await loaded(document.createElement('script'), (one) => (one.src = models)),
    'image': await loaded(document.createElement('img'), (one) => (one.src = models)),
    'frame': await loaded(document.createElement('iframe'), (one) => (one.src = models)),
    'form': await loaded(frame, (one) => (one.name = 'frame'), () => form.submit()),
    'EventSource': await stream(new EventSource(models)),
    'WebSocket': await stream(new WebSocket(base.replace('http', 'ws') + '/realtime')),
  };
}`;

describe.skipIf(withoutBrowser)('a page of another site in a browser', () => {
  let browser: Browser & AsyncDisposable;
  let page: Page;
  let api: Awaited<ReturnType<typeof recorder>>;
  let local: Awaited<ReturnType<typeof localEndpoint>>;
  beforeAll(async () => {
    browser = await openBrowser('site.test', 'rebind.test');
    page = await browser.newPage();
    page.setDefaultTimeout(30_000);
    api = await recorder(ok);
    local = await localEndpoint(api.url);
  });
  afterAll(async () => {
    await browser?.[Symbol.asyncDispose]();
    await local?.drain(0);
    await api?.[Symbol.asyncDispose]();
  });

  const attempts = (base: string) =>
    page.evaluate<Record<string, string>>(
      `(${ATTEMPTS})(${JSON.stringify(base)}, ${JSON.stringify(CLIENT_KEY)})`,
    );

  test('reads nothing and reaches the API with nothing, also when it knows the key', async () => {
    await using site = await loopback((_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<body></body>');
    });
    await page.goto(site.url.replace('127.0.0.1', 'site.test'));
    const read = await attempts(local.url);
    const sent = ['POST without CORS', 'POST without CORS with the key'];
    for (const name of sent) expect([name, read[name]]).toEqual([name, 'opaque 0']);
    const rest = Object.entries(read).filter(([name]) => ![...sent, 'beacon'].includes(name));
    expect(rest.filter(([, what]) => what !== 'refused')).toEqual([]);
    expect(api.seen).toEqual([]);
    expect(local.served.length).toBeGreaterThan(10);
  });

  test('whose name now leads to this machine is refused for its name, whatever it sends', async () => {
    const origin = `http://rebind.test:${new URL(local.url).port}`;
    // The document and all that it asks for are of one origin, as for a page that was loaded before.
    await page.goto(`${origin}/v1/models`);
    const read = await attempts(`${origin}/v1`);
    expect(read['GET with the key']).toMatch(/^basic 403 .*wrong_host/);
    expect(read.health).toMatch(/^basic 403 /);
    for (const what of Object.values(read)) expect(what).not.toMatch(/^\w+ 200/);
    expect(JSON.stringify(read)).not.toContain(TOKEN);
    expect(api.seen).toEqual([]);
  });
});
