import { html, type Markup } from './elements.ts';

/** The content of a cell; undefined leaves it empty, and on a phone out. */
type Content = Markup | string | undefined;

/**
 * A table that becomes a card a row on a phone. The roles are written out because a table that is
 * laid out as blocks is no table any more to several screen readers.
 */
export function cards(label: string, titles: readonly string[], rows: readonly Markup[]): Markup {
  const heads = titles.map((title) => html`<th role="columnheader" scope="col">${title}</th>`);
  return html`<table class="cards" role="table" aria-label="${label}">
    <thead role="rowgroup">
      <tr role="row">
        ${heads}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows}
    </tbody>
  </table>`;
}

/** One row: its name, and a cell for every further title; the last one holds sentences. */
export function card(
  name: Markup | string,
  titles: readonly string[],
  contents: readonly Content[],
): Markup {
  const last = titles.length - 1;
  const cells = titles.slice(1).map((title, index) => {
    const content = contents[index];
    const kind = index + 1 === last ? 'words' : 'figures';
    return html`<td role="cell" class="${kind}" data-title="${title}">${content}</td>`;
  });
  return html`<tr role="row">
    <th role="rowheader" scope="row">${name}</th>
    ${cells}
  </tr>`;
}
