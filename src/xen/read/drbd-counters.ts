/**
 * DRBD's counters of what guests read and write are never shown, and are others at each reading: with them the whole answer would travel every 5 s,
 * and all that is derived from it be derived again. They are left out on the dom0; what a resync or an errant write shows by stays.
 */

/** Those of `drbdsetup status`. `upper-pending` stays: it tells why a resync stands still. */
const counters = ["read", "written", "al-writes", "bm-writes", "lower-pending", "received", "sent", "unacked"] as const;

const expressions = [
  ...counters.map((name) => `s/ ${name}:[0-9]*//`),
  "s/ pending:[0-9]*//",
  // As JSON; the last of an object has no comma, and stays.
  ...counters.map((name) => `s/"${name}": *[0-9]*,//`),
  // A line that had nothing else.
  "/^  *$/d",
];

/** sh: from standard input. */
export const statusWithoutCounters = `sed ${expressions.map((expression) => `-e '${expression}'`).join(" ")}`;

/** sh: of /proc/drbd, `ns:0 nr:0 ... ap:0 ep:1 wo:f oos:0` from `ep:` on. */
export const procWithoutCounters = "sed 's/ns:[0-9].* ep:/ep:/'";
