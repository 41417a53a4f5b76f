/** Carries out what keys want of the console that is shown. */
import { copyOf } from "../copy.ts";
import { keyBytes } from "./key-bytes.ts";
import { pasteBytes } from "./paste.ts";
import type { AuditEntry } from "./ports.ts";
import type { Seat } from "./seat.ts";
import { rivalText } from "./status.ts";
import type { ConsoleEffect } from "./ui.ts";

export interface Stage {
  readonly now_ms: () => number;
  readonly audit: (entry: AuditEntry) => Promise<boolean>;
  readonly copy: (text: string) => void;
  readonly repaint: () => void;
  readonly suspend: () => void;
  readonly quit: () => void;
  readonly say: (text: string, tone: "info" | "warning") => void;
  readonly close: (seat: Seat) => void;
  /** Rows of the console that are in sight. */
  readonly page: () => number;
  /** The console has as much room as the window gives it. */
  readonly measure: (seat: Seat) => void;
}

export const seatName = ({ subject }: Seat): string => (subject.kind === "guest" ? subject.name : subject.host);

/** newest: of more than a clipboard takes, the end. */
function copyLines(rows: readonly string[], newest: boolean, { copy, say }: Stage): void {
  const kept = copyOf(newest ? [...rows].reverse() : rows);
  if (kept.rows === 0) {
    say("There is nothing to copy.", "info");
    return;
  }
  copy(newest ? kept.text.split("\n").reverse().join("\n") : kept.text);
  if (kept.rows === kept.rows_total) say(`Sent ${kept.rows} ${kept.rows === 1 ? "line" : "lines"} to the terminal's clipboard.`, "info");
  else
    say(`Sent the ${newest ? "last" : "first"} ${kept.rows} of ${kept.rows_total} lines: the rest is too long for a clipboard.`, "warning");
}

/** The other's end is on record before it comes. */
function takeOver(seat: Seat, { audit, now_ms, say }: Stage): void {
  const { phase } = seat.session;
  const first = phase.kind === "taken" ? phase.rivals[0] : undefined;
  if (phase.kind !== "taken" || first === undefined) return;
  const entry: AuditEntry = { kind: "console.taken", at_ms: now_ms(), object: seatName(seat), ...phase.spot, text: rivalText(first) };
  void audit(entry).then((written) => {
    if (written) seat.takeOver();
    else say("Nobody's console was ended: it can't be recorded.", "warning");
  });
}

type Act<Kind extends ConsoleEffect["kind"]> = (seat: Seat, effect: Extract<ConsoleEffect, { kind: Kind }>, stage: Stage) => void;

const acts: { readonly [Kind in ConsoleEffect["kind"]]: Act<Kind> } = {
  quit: (_seat, _effect, { quit }) => quit(),
  suspend: (_seat, _effect, { suspend }) => suspend(),
  repaint: (_seat, _effect, { repaint }) => repaint(),
  key: (seat, { key }, { say }) => {
    const bytes = keyBytes(key, { application_cursor: seat.emulator?.application_cursor ?? false });
    if (bytes !== undefined && !seat.send(bytes)) say("It isn't attached: what you type goes nowhere.", "warning");
  },
  paste: (seat, { paste }, { say }) => {
    if (!seat.send(pasteBytes(paste, seat.emulator?.bracketed_paste ?? false))) say("Nothing was pasted: it isn't attached.", "warning");
  },
  typing: (seat, { on }) => seat.setTyping(on),
  close: (seat, _, { close }) => close(seat),
  move: ({ reader }, { lines }, { page }) => reader?.move(lines, page()),
  first: ({ reader }, _, { page }) => reader?.toFirst(page()),
  last: ({ reader }, _, { page }) => reader?.toLast(page()),
  follow: ({ reader }) => reader?.follow(),
  select: ({ reader }, _, { page }) => reader?.select(page()),
  find: ({ reader }, { text, direction }, { page, say }) => {
    if (reader?.find(text, direction, page()) === false) say(`No line ${direction === -1 ? "above" : "below"} has "${text}".`, "info");
  },
  copy: ({ reader }, { all }, stage) => copyLines((all ? reader?.copyAll() : reader?.copy(stage.page())) ?? [], all, stage),
  fit: (seat, { on }, { say, measure }) => {
    measure(seat);
    seat.setFit(on);
    say(on ? "As large as there is room; the guest isn't told (S does that while typing)." : "80x24 again.", "info");
  },
  tell_size: (seat) => {
    const size = seat.emulator?.size;
    if (size !== undefined) seat.send(`stty rows ${size.rows} columns ${size.columns}\r`);
  },
  other_line: (seat) => seat.setLine(seat.line === "pv" ? "serial" : "pv"),
  reset: (seat) => seat.reset(),
  take_over: (seat, _, stage) => takeOver(seat, stage),
};

export function act<Kind extends ConsoleEffect["kind"]>(seat: Seat, effect: Extract<ConsoleEffect, { kind: Kind }>, stage: Stage): void {
  const carryOut: Act<Kind> = acts[effect.kind as Kind];
  carryOut(seat, effect, stage);
}
