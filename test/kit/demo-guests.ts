/** The guests of the demo pair as its Guests screen lists them. */
import type { Console } from "./console.ts";

/** Worst first, then by name: mail01 resyncs, all else is well. */
export const GUESTS: readonly string[] = ["mail01", "build01", "db01", "db02", "erp01", "ldap01", "proxy01", "web01", "web02"];

/** Names of rows that have a mark and a symbol before them, as they are listed. */
export const namesOf = (console: Console): string[] =>
  console
    .lines()
    .slice(4, -1)
    .flatMap((line) => /^[▸● ][✓▲✗·?~] (\S+)/.exec(line)?.[1] ?? []);

/** Findings may stand below them. Until all is told rows move: what isn't known yet stands above what is well, and a key for the next row goes elsewhere. */
export const guestsInOrder = (console: Console): Promise<string> =>
  console.sees(
    (screen) =>
      namesOf(console).slice(0, GUESTS.length).join() === GUESTS.join() &&
      /^[▸● ]▲ mail01/m.test(screen) &&
      screen.split("\n").filter((line) => /^[▸● ]✓ /.test(line)).length === GUESTS.length - 1,
  );
