import Table from 'cli-table3';
import { type Figure, isOver } from './figures.ts';
import type { Ceiling } from './sandbox.ts';

export function table(figures: readonly Figure[]): string {
  const head = ['figure', 'ours', 'reference', 'value', 'half of the rounds', 'at most', 'verdict'];
  const lines = new Table({ head, style: { head: [], border: [] } });
  for (const figure of figures) {
    const { title, unit, kind, ours, reference, value, spread, limit } = figure;
    const shown = (number: number | undefined) =>
      number === undefined ? '' : kind === 'ratio' ? number.toFixed(2) : `${number.toFixed(0)} MiB`;
    const measured = (number: number) => `${number.toFixed(number < 100 ? 1 : 0)} ${unit}`;
    lines.push([
      title,
      measured(ours),
      measured(reference),
      shown(value),
      spread.map(shown).join(' to '),
      shown(limit),
      verdict(figure),
    ]);
  }
  return lines.toString();
}

function verdict(figure: Figure): string {
  if (figure.limit === undefined) return '';
  return isOver(figure) ? 'OVER THE LIMIT' : 'within the limit';
}

/** What the sandbox can serve, in one line. */
export function ceilingText(ceiling: Ceiling): string {
  const { requests_per_second, streams_at_once, events_per_second, peak_bytes } = ceiling;
  const rounded = (number: number) => Math.round(number).toLocaleString('en');
  return (
    `sandbox: ${rounded(requests_per_second)} requests/s, ${rounded(streams_at_once)} streams at once ` +
    `with ${rounded(events_per_second)} events/s, ${rounded(peak_bytes / 2 ** 20)} MiB at most`
  );
}
