import { COLUMN_GAP } from '../../ops/compactTable.ts';

/** A column of a table that has to fit on a terminal. */
export interface Column {
  readonly head: string;
  /** In characters, as much as its cells can use. */
  readonly width: number;
  /** As few as its cells still make sense in; `width` where nothing may be cut. */
  readonly leastWidth?: number;
  /** What goes first where there is no room; 0 stays to the end. */
  readonly dispensable: number;
}

/**
 * The columns that fit into `width` characters, with their widths: those that say least are left out
 * first, then the others share what is left. They depend on nothing but `width`, so that a table that
 * renews itself stands still.
 */
export function fitColumns<C extends Column>(columns: readonly C[], width: number): C[] {
  let kept = [...columns];
  const excess = () => tableWidth(kept.map(leastWidthOf)) - width;
  while (excess() > 0) {
    const most = Math.max(...kept.map(({ dispensable }) => dispensable));
    if (most === 0) break;
    kept = kept.filter(({ dispensable }) => dispensable !== most);
  }
  let spare = Math.max(0, -excess());
  return kept.map((column) => {
    const least = leastWidthOf(column);
    const more = Math.min(spare, column.width - least);
    spare -= more;
    return { ...column, width: least + more };
  });
}

function leastWidthOf({ width, leastWidth = width }: Column): number {
  return leastWidth;
}

function tableWidth(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width + COLUMN_GAP, -COLUMN_GAP);
}
