import { GROUPS, type Endpoint } from '../../sandbox/faults/endpoints.ts';
import type { Fault } from '../../sandbox/faults/fault.ts';
import { FAULT_GROUPS } from '../../sandbox/faults/table.ts';
import { loadTableFormat } from '../../terminal/table.ts';
import type { Context } from '../context.ts';

/** Lists all faults as a table, or as a JSON array. */
export async function listFaults(
  { terminal }: Context,
  { json = false }: { json?: boolean },
): Promise<void> {
  const { stdout } = terminal;
  const faults = Object.entries(FAULT_GROUPS).flatMap(([group, rows]) =>
    Object.entries(rows).map(([name, row]) => ({ group, name, row })),
  );
  if (json) {
    const documents = faults.map(({ group, name, row }) => ({
      name,
      group,
      argument: row.argument && { name: row.argument.name, default: row.argument.fallback },
      endpoints: row.endpoints,
      requests: row.requests ?? '1+',
      about: row.about,
    }));
    stdout.write(`${JSON.stringify(documents, null, 2)}\n`);
    return;
  }
  const format = await loadTableFormat(terminal);
  const headings = faults.map(({ group }) => group);
  stdout.write(
    format({
      titles: ['FAULT', 'ARGUMENT', 'ENDPOINTS', 'WHAT IT DOES'],
      headings,
      rows: faults.map(({ name, row }) => [
        { text: name },
        { text: argumentOf(row) },
        { text: placesOf(row.endpoints) },
        { text: row.requests === undefined ? row.about : `${row.about} (#${row.requests})` },
      ]),
      narrower: {
        titles: ['FAULT', 'WHAT IT DOES, AND WHERE'],
        headings,
        rows: faults.map(({ name, row }) => [
          { text: row.argument === undefined ? name : `${name}:${row.argument.name}` },
          { text: `${row.about} (${placesOf(row.endpoints)})` },
        ]),
      },
    }),
  );
}

function argumentOf({ argument }: Fault): string {
  return argument === undefined ? '' : `${argument.name} (${argument.fallback})`;
}

/** The name of the group, or the endpoints. */
function placesOf(endpoints: readonly Endpoint[]): string {
  const group = Object.entries(GROUPS).find(([, members]) => members.join() === endpoints.join());
  return group ? group[0] : endpoints.join(',');
}
