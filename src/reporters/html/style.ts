/** Contrast is at least 4.5 : 1 for text in both schemes; no information is in a colour alone. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #fff; --raised: #f6f7f9; --line: #d5d9e0; --text: #1b1f27; --quiet: #5a6270;
  --good: #12703a; --bad: #b3261e; --warning: #8a5200;
  --good-back: #e3f4e9; --bad-back: #fdeae8; --warning-back: #fdf1dc; --quiet-back: #eceef2;
  --bar: #8fb8f5; --first: #1f5fbf; --mark: #1b1f27;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171c; --raised: #1d2128; --line: #3a414d; --text: #e8eaee; --quiet: #a5adba;
    --good: #74d69a; --bad: #ff9d94; --warning: #f2bf6b;
    --good-back: #16301f; --bad-back: #3b1a18; --warning-back: #36290f; --quiet-back: #272c35;
    --bar: #2f5c9e; --first: #86b7ff; --mark: #e8eaee;
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
.counts { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0 0; }
.counts div { background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; padding: .6rem .9rem; }
.counts dt { color: var(--quiet); font-size: .9rem; }
.counts dd { margin: 0; font-size: 1.5rem; font-weight: 600; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; }
th, td { padding: .5rem .75rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--quiet); font-size: .85rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 600; }
tbody th, .words { overflow-wrap: anywhere; }
tbody th { min-width: 8rem; }
.words { min-width: 14rem; }
.badge { display: inline-block; padding: .05rem .55rem; border-radius: 1rem; font-size: .9rem; font-weight: 600; white-space: nowrap; background: var(--quiet-back); color: var(--quiet); }
.badge.good { background: var(--good-back); color: var(--good); }
.badge.bad { background: var(--bad-back); color: var(--bad); }
.badge.warning { background: var(--warning-back); color: var(--warning); }
.wide { overflow-x: auto; border: 1px solid var(--line); border-radius: .5rem; }
.wide:focus-visible, summary:focus-visible { outline: 3px solid var(--first); outline-offset: 2px; }
.wide tr:last-child > * { border-bottom: 0; }
.wide td, .wide thead th { white-space: nowrap; }
.wide tbody th, .wide thead th:first-child { position: sticky; left: 0; background: var(--page); min-width: 8rem; max-width: 14rem; border-right: 1px solid var(--line); }
.bars { list-style: none; margin: 0; padding: 0; }
.bars li { display: grid; grid-template-columns: minmax(8rem, 16rem) minmax(0, 1fr); gap: .1rem 1rem; padding: .45rem 0; border-bottom: 1px solid var(--line); align-items: center; }
.bars .name { font-weight: 600; }
.bars svg { display: block; width: 100%; height: 1.1rem; }
.bars .figures { grid-column: 2; font-size: .9rem; color: var(--quiet); font-variant-numeric: tabular-nums; }
.bars path, .legend path { vector-effect: non-scaling-stroke; stroke-width: .7rem; }
.bar { stroke: var(--bar); } .first { stroke: var(--first); }
.bars .before, .legend .before { stroke: var(--mark); stroke-width: 3px; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; font-size: .9rem; color: var(--quiet); margin-bottom: .5rem; }
.legend svg { width: .9rem; height: .9rem; vertical-align: -.1rem; margin-right: .35rem; }
details { border: 1px solid var(--line); border-radius: .5rem; margin: .5rem 0; }
summary { cursor: pointer; padding: .55rem .9rem; font-weight: 600; }
details > div { padding: 0 .9rem .5rem; }
ul.reasons { margin: 0; padding-left: 1.1rem; }
footer { margin-top: 2.5rem; color: var(--quiet); font-size: .9rem; }
@media (max-width: 56rem) {
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards, .cards tbody, .cards tr, .cards td, .cards th { display: block; }
  .cards tr { border: 1px solid var(--line); border-radius: .5rem; margin-bottom: .75rem; padding: .4rem 0; }
  .cards th, .cards td { border: 0; padding: .2rem .9rem; }
  .cards td { min-width: 0; }
  .cards td[data-title] { display: grid; grid-template-columns: 7rem 1fr; gap: .5rem; justify-items: start; }
  .cards td:empty { display: none; }
  .cards td[data-title]::before { content: attr(data-title); color: var(--quiet); font-size: .9rem; }
  .bars li { grid-template-columns: minmax(0, 1fr); }
  .bars .figures { grid-column: 1; }
}
@media print { details > div { display: block; } .wide { overflow: visible; } }
`;
