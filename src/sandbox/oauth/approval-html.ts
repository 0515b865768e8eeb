import { createHash } from 'node:crypto';

/** The states of the approval page. */
export type ApprovalView =
  | { kind: 'enter' }
  | { kind: 'unknown'; user_code: string }
  | { kind: 'decide'; user_code: string; client_id: string; scope: string; csrf: string }
  | { kind: 'approved' }
  | { kind: 'denied' }
  | { kind: 'forged' };

const STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f6f6f8; --card: #fff; --ink: #1b1b24; --quiet: #5c5c6b; --line: #d9d9e0;
  --accent: #5a36d6; --on-accent: #fff; --alert: #a31621;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131318; --card: #1d1d25; --ink: #ececf2; --quiet: #a5a5b5; --line: #3b3b48;
    --accent: #b3a1ff; --on-accent: #17112e; --alert: #ff9a9a;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem;
  background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
}
main {
  width: 100%; max-width: 26rem; padding: 1.75rem; background: var(--card);
  border: 1px solid var(--line); border-radius: 1rem;
}
h1 { margin: 0 0 .5rem; font-size: 1.35rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
.quiet { color: var(--quiet); font-size: .875rem; }
.alert { color: var(--alert); font-weight: 600; }
.code {
  display: block; margin: 0 0 1rem; padding: .75rem; border: 1px dashed var(--line);
  border-radius: .5rem; text-align: center; letter-spacing: .12em;
  font: 600 1.6rem/1.2 ui-monospace, monospace;
}
form { margin: 0 0 1.25rem; }
dl { margin: 0 0 1.25rem; font-size: .875rem; }
dt { color: var(--quiet); }
dd { margin: 0 0 .5rem; overflow-wrap: anywhere; }
label { display: block; margin: 0 0 .25rem; font-weight: 600; }
input, button { font: inherit; border-radius: .5rem; min-height: 2.75rem; padding: .5rem .9rem; }
input {
  width: 100%; margin: 0 0 1rem; border: 1px solid var(--quiet); background: transparent;
  color: inherit; text-transform: uppercase; letter-spacing: .12em;
}
.buttons { display: flex; flex-wrap: wrap; gap: .75rem; }
button {
  flex: 1 1 8rem; border: 1px solid var(--accent); background: var(--accent);
  color: var(--on-accent); font-weight: 600; cursor: pointer;
}
button.plain { background: transparent; color: inherit; border-color: var(--quiet); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;

/** The hash for `style-src`, which allows only the style of this page. */
export const STYLE_HASH = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;

/** The approval page as HTML. All values are escaped. */
export function approvalHtml(view: ApprovalView): string {
  const { title, body } = contentOf(view);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · qwen-demo sandbox</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
<p class="quiet">This is the qwen-demo sandbox on your computer. It uses no account.</p>
</main>
</body>
</html>
`;
}

function contentOf(view: ApprovalView): { title: string; body: string } {
  switch (view.kind) {
    case 'enter':
      return { title: 'Enter your code', body: codeForm() };
    case 'unknown':
      return {
        title: 'This code is not valid',
        body: `<p class="alert" role="alert">“${escapeHtml(view.user_code)}” is unknown or has expired.</p>
${codeForm()}`,
      };
    case 'decide':
      return { title: 'Sign in to qwen-demo?', body: decisionForm(view) };
    case 'approved':
      return { title: 'Approved', body: '<p role="status">You can return to your terminal.</p>' };
    case 'denied':
      return { title: 'Denied', body: '<p role="status">The sign-in was refused.</p>' };
    case 'forged':
      return {
        title: 'Not accepted',
        body: `<p class="alert" role="alert">The decision did not come from this page.</p>
<p>Open the link from your terminal again.</p>`,
      };
  }
}

function codeForm(): string {
  return `<form method="get" action="/authorize">
<label for="user_code">Code from your terminal</label>
<input id="user_code" name="user_code" placeholder="XXXX-XXXX" maxlength="20" required
  autocomplete="off" autocapitalize="characters" spellcheck="false">
<div class="buttons"><button>Continue</button></div>
</form>`;
}

function decisionForm(view: Extract<ApprovalView, { kind: 'decide' }>): string {
  return `<p>Compare this code with the code in your terminal. Approve only if both are equal and you started this sign-in.</p>
<strong class="code">${escapeHtml(view.user_code)}</strong>
<dl>
<dt>Client</dt><dd>${escapeHtml(view.client_id)}</dd>
<dt>Scope</dt><dd>${escapeHtml(view.scope)}</dd>
</dl>
<form method="post" action="/authorize">
<input type="hidden" name="user_code" value="${escapeHtml(view.user_code)}">
<input type="hidden" name="csrf" value="${escapeHtml(view.csrf)}">
<div class="buttons">
<button name="decision" value="approve">Approve</button>
<button class="plain" name="decision" value="deny">Deny</button>
</div>
</form>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
