/** A terminal's own ways to call its owner: the bell, and a notification in the sequence that it is known to take. */

export type NotifyHow = "off" | "osc9" | "osc777";

export interface Call {
  readonly bell: boolean;
  readonly how: NotifyHow;
  /** One line without control characters or `;` (see state/alerts.ts, alertLine). */
  readonly text: string;
}

/**
 * OSC 9 ; text (iTerm2, kitty, WezTerm, ghostty, foot) or OSC 777 ; notify ; title ; body (rxvt, VTE, foot), wrapped for the terminal outside where tmux
 * is between (`allow-passthrough on`; else tmux drops it). The bell needs no wrapping.
 */
export function callEscape({ bell, how, text }: Call, in_tmux: boolean): string {
  const ring = bell ? "\x07" : "";
  if (how === "off") return ring;
  const plain = how === "osc9" ? `\x1b]9;${text}\x07` : `\x1b]777;notify;xenha-tui;${text}\x07`;
  return ring + (in_tmux ? `\x1bPtmux;\x1b${plain}\x1b\\` : plain);
}
