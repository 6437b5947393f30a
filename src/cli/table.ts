// Lists on a terminal: aligned columns for people, tabs for `cut` and `awk`.

export interface TableOptions {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Leaves the header line out. */
  readonly noLegend?: boolean;
}

/**
 * Lays rows out in fleet's way: a column is as wide as its longest cell plus one, rounded up to a
 * multiple of 8, and cells are followed by as many tabs as that takes; the last column by none. So a
 * terminal shows columns and `cut -f` finds single fields at their tabs. Ends with a newline, unless empty.
 */
export function renderTable(options: TableOptions): string {
  const lines = options.noLegend === true ? options.rows : [options.header, ...options.rows];
  const widths = options.header.map((_, column) => {
    const longest = Math.max(0, ...lines.map((line) => displayWidth(line[column] ?? '')));
    return Math.ceil((longest + 1) / 8) * 8;
  });
  return lines.map((line) => `${renderLine(line, widths)}\n`).join('');
}

function renderLine(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      if (column === cells.length - 1) return cell;
      const missing = (widths[column] ?? 8) - displayWidth(cell);
      return cell + '\t'.repeat(Math.max(1, Math.ceil(missing / 8)));
    })
    .join('');
}

function displayWidth(text: string): number {
  return [...text].length;
}
