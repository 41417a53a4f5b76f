/** Text to the operator's clipboard through the terminal (OSC 52), also out of tmux. */

/** xterm takes some 100,000 base64 characters; more is refused or cut by one terminal or another. */
export const COPY_BYTES_MAX = 65_536;

export interface Copied {
  readonly text: string;
  readonly rows: number;
  readonly rows_total: number;
}

/** As many whole rows as the limit allows. */
export function copyOf(rows: readonly string[]): Copied {
  const kept: string[] = [];
  let bytes = 0;
  for (const row of rows) {
    bytes += Buffer.byteLength(row) + 1;
    if (bytes > COPY_BYTES_MAX) break;
    kept.push(row.trimEnd());
  }
  return { text: kept.join("\n"), rows: kept.length, rows_total: rows.length };
}

/**
 * The escape that sets the clipboard. In tmux twice: as tmux takes it itself (`set-clipboard on`) and wrapped for the terminal outside
 * (`allow-passthrough on`); whichever isn't allowed is ignored. Source: tmux(1), xterm ctlseqs (OSC 52).
 */
export function copyEscape(text: string, in_tmux: boolean): string {
  const plain = `\x1b]52;c;${Buffer.from(text, "utf8").toString("base64")}\x07`;
  return in_tmux ? `${plain}\x1bPtmux;\x1b${plain}\x1b\\` : plain;
}
