/** Where things are on the screen, from its size alone. Pure. */

export const COLUMNS_MIN = 60;
export const ROWS_MIN = 15;
/** From here on list and detail stand side by side. */
export const WIDE_COLUMNS_MIN = 160;
export const WIDE_ROWS_MIN = 45;

/** Title, hosts, tabs. */
export const HEAD_ROWS = 3;
export const FOOT_ROWS = 1;
/** Findings below the panes in the wide layout: a title and five of them. */
export const STRIP_ROWS = 6;
/** Plans under way, above the last line of every screen: so many at most. */
export const PLAN_ROWS = { narrow: 1, wide: 3 } as const;

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  /** Including its title line. */
  readonly height: number;
}

export type Layout =
  | { readonly kind: "too_small" }
  | { readonly kind: "narrow"; readonly main: Area; readonly plan_rows: number }
  | { readonly kind: "wide"; readonly main: Area; readonly side: Area; readonly strip: Area | undefined; readonly plan_rows: number };

/** What wants a place besides the panes. */
export interface Wanted {
  /** The findings aren't on the screen anyway. */
  readonly findings: boolean;
  /** Plans to tell of. */
  readonly plans: number;
}

/** Share of the width that the list has in the wide layout. */
const MAIN_SHARE = 0.58;

export function layoutOf(columns: number, rows: number, { findings, plans }: Wanted): Layout {
  if (columns < COLUMNS_MIN || rows < ROWS_MIN) return { kind: "too_small" };
  const wide = columns >= WIDE_COLUMNS_MIN && rows >= WIDE_ROWS_MIN;
  const plan_rows = Math.min(plans, wide ? PLAN_ROWS.wide : PLAN_ROWS.narrow);
  const body_rows = rows - HEAD_ROWS - FOOT_ROWS - plan_rows;
  if (!wide) return { kind: "narrow", main: { x: 0, y: HEAD_ROWS, width: columns, height: body_rows }, plan_rows };
  const height = findings ? body_rows - STRIP_ROWS : body_rows;
  const main_width = Math.floor(columns * MAIN_SHARE);
  return {
    kind: "wide",
    main: { x: 0, y: HEAD_ROWS, width: main_width, height },
    // One column between them.
    side: { x: main_width + 1, y: HEAD_ROWS, width: columns - main_width - 1, height },
    strip: findings ? { x: 0, y: HEAD_ROWS + height, width: columns, height: STRIP_ROWS } : undefined,
    plan_rows,
  };
}

/** Columns of an area that rows may use: the rest is the mark's gutter and the scroll bar. */
export const GUTTER_COLUMNS = 1;
export const SCROLL_COLUMNS = 1;
export const contentWidth = (area: Area): number => area.width - GUTTER_COLUMNS - SCROLL_COLUMNS;
