/**
 * Decides at the sandbox's approval page as a browser would: opens the page, keeps its cookie, and
 * sends its form.
 */
export async function decideAt(page: string, decision: 'approve' | 'deny'): Promise<void> {
  const shown = await fetch(page);
  const html = await shown.text();
  const cookie = shown.headers.get('set-cookie')?.split(';')[0] ?? '';
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)];
  const form = new URLSearchParams();
  for (const [, name = '', value = ''] of fields) form.set(name, value);
  form.set('decision', decision);
  const { origin } = new URL(page);
  const decided = await fetch(`${origin}/authorize`, {
    method: 'POST',
    headers: { cookie, origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: form.toString(),
  });
  if (!decided.ok) throw new Error(`The approval page answered ${decided.status}`);
}
