/** Contrast is at least 4.5 : 1 for text in both schemes; no information is in a colour alone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fff; --raised: #f6f7f9; --line: #d5d9e0; --text: #1b1f27; --quiet: #5a6270;
  --good: #12703a; --bad: #b3261e; --warning: #8a5200;
  --good-back: #e3f4e9; --bad-back: #fdeae8; --warning-back: #fdf1dc; --quiet-back: #eceef2;
  --bar: #1f5fbf;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --raised: #1d2128; --line: #3a414d; --text: #e8eaee; --quiet: #a5adba;
    --good: #74d69a; --bad: #ff9d94; --warning: #f2bf6b;
    --good-back: #16301f; --bad-back: #3b1a18; --warning-back: #36290f; --quiet-back: #272c35;
    --bar: #86b7ff;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; max-width: 72rem; padding: 1.5rem clamp(1rem, 4vw, 2.5rem) 3rem;
  background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
  overflow-wrap: break-word;
}
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; text-wrap: balance; }
h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem; }
p { margin: .25rem 0; }
.quiet { color: var(--quiet); }
.good { color: var(--good); } .bad { color: var(--bad); } .warning { color: var(--warning); }
.headline { font-size: 1.15rem; font-weight: 600; margin: .5rem 0; }
code, td { font-variant-numeric: tabular-nums; }
code { overflow-wrap: anywhere; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; font-size: .92em; }
fieldset { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; margin: 1.25rem 0 0; padding: 0; border: 0; }
legend { float: left; margin-right: .25rem; }
fieldset label { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .3rem .7rem; }
input[type=search] { font: inherit; color: inherit; background: var(--page); border: 1px solid var(--quiet); border-radius: .3rem; padding: 0 .4rem; max-width: 100%; }
[hidden] { display: none !important; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-size: .85rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
tbody th { overflow-wrap: anywhere; min-width: 8rem; }
a { color: inherit; }
i { font-style: normal; }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; font-size: .9rem; font-weight: 600; white-space: nowrap; background: var(--quiet-back); color: var(--quiet); }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
.badge.warning { background: var(--warning-back); color: var(--warning); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
.wide:focus-visible, summary:focus-visible { outline: 3px solid var(--bar); outline-offset: 2px; }
.wide tr:last-child > * { border-bottom: 0; }
.wide td, .wide thead th { white-space: nowrap; }
.wide tbody th, .wide thead th:first-child { position: sticky; left: 0; background: var(--page); min-width: 8rem; max-width: 14rem; border-right: 1px solid var(--line); }
.bar { background: linear-gradient(to right, var(--bar) var(--w), transparent 0) no-repeat 0 100% / 100% .2rem; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; }
summary { cursor: pointer; padding: .55rem .9rem; font-weight: 600; }
details ul { margin: 0; padding-left: 1.5rem; }
details > ul { margin: 0; padding: 0 .9rem .5rem 2rem; }
details li { overflow-wrap: anywhere; }
details code { margin-right: .4rem; }
footer { margin-top: 2.5rem; color: var(--quiet); font-size: .9rem; }
body:has(#failed:checked) main :is(tbody tr, details):not(.failed),
body:has(#excused:checked) main :is(tbody tr, details):not(.excused),
body:has(#warned:checked) main :is(tbody tr, details):not(.warned),
body:has(#uneven:checked) main :is(tbody tr, details):not(.uneven),
body:has(#passed:checked) main :is(tbody tr, details):not(.passed),
body:has(#skipped:checked) main :is(tbody tr, details):not(.skipped) { display: none; }
@media print { .wide { overflow: visible; } }
`;
