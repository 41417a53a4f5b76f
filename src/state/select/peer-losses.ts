/** When a host last lost its peer of each DRBD resource, by its kernel's log and what was heard since. */
import { type Losses, lossesIn } from "../preflight/surviving-copy.ts";
import { perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import { eachSide, type Side, type Sides } from "./sides.ts";

function lossesOf(sides: Sides, side: Side): Losses {
  const skew_ms = side.skew_ms ?? 0;
  const before = (side.known("kernel-log") ?? []).map(({ host_wall_ms, subject, text }) => ({
    at_ms: host_wall_ms === undefined ? undefined : host_wall_ms - skew_ms,
    subject,
    text,
  }));
  const since = sides
    .timeline()
    .filter(({ host, origin }) => host === side.id && origin === "journal")
    .map(({ at_ms, object, text }) => ({ at_ms, subject: object, text }));
  return lossesIn([...before, ...since]);
}

const cells = perFacts((sides: Sides) => eachSide(sides, (here) => here.cells.cell(() => lossesOf(sides, here), shared)));
/** Read only where a copy is apart from a silent host: the log changes with every line that a kernel says. */
export const peerLosses = (sides: Sides, side: Side): Losses => cells(sides)[side.index]();
