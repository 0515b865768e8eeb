import { listModels, type ModelList, type ModelSource } from '../../core/models/list.ts';
import { stringify } from '../../terminal/json.ts';
import type { Cell, Table } from '../../terminal/table.ts';
import { createWriter } from '../../terminal/writer.ts';
import { connect } from '../connect.ts';
import type { Context } from '../context.ts';
import { notice } from '../notice.ts';
import type { ConnectionOptions } from '../options.ts';

export interface ListModelsFlags extends ConnectionOptions {
  json?: boolean;
}

/** @throws what `connect` and `listModels` throw */
export async function runListModels(context: Context, flags: ListModelsFlags): Promise<void> {
  const { terminal, signal } = context;
  const { request, endpoint } = await connect(context, flags);
  const list = await listModels({ request, signal });

  if (list.notice !== undefined && !flags.json) notice(context, list.notice);
  const text = flags.json ? listJson(endpoint, list) : await listTable(context, flags, list);
  const writer = createWriter(terminal.stdout);
  void writer.write(text);
  await writer.flush();
}

function listJson(endpoint: string, { live, notice: reason, models }: ModelList): string {
  const document = {
    version: 1,
    endpoint,
    live,
    notice: reason ?? null,
    models: models.map(({ id, source, known }) => ({
      id,
      source,
      kind: known?.kind ?? null,
      about: known?.about ?? null,
      expected: known?.expected ?? null,
    })),
  };
  return `${stringify(document, 2)}\n`;
}

async function listTable(
  { terminal }: Context,
  { sanitize }: ListModelsFlags,
  list: ModelList,
): Promise<string> {
  const { loadTableFormat } = await import('../../terminal/table.ts');
  const format = await loadTableFormat(terminal, { sanitize: sanitize === true });
  return format(modelTable(list));
}

function modelTable({ live, models }: ModelList): Table {
  return {
    titles: ['MODEL', 'SOURCE', 'KIND', 'ABOUT'],
    rows: models.map(({ id, source, known }) => [
      { text: id },
      sourceCell(source, live),
      { text: known?.kind ?? '' },
      { text: known?.about ?? '' },
    ]),
  };
}

/** A known model that the endpoint could have listed, and did not, is probably not there. */
function sourceCell(source: ModelSource, live: boolean): Cell {
  if (source === 'both') return { text: 'live, known', tone: 'good' };
  if (source === 'live') return { text: 'live', tone: 'good' };
  return live ? { text: 'known, not listed', tone: 'warning' } : { text: 'known' };
}
