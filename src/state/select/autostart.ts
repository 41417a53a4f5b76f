/** Which guests start by themselves on which host: what lies or is linked in /etc/xen/auto (xendomains, XENDOMAINS_AUTO). */
import type { JoinedGuest } from "./guest-join.ts";
import { groupedBy, perFacts } from "./memo.ts";
import { shared } from "./shared.ts";
import type { Side, Sides } from "./sides.ts";

/** Path of the configuration -> names of the entries that start it. */
const startedOn = perFacts((side: Side) =>
  side.cells.cell((): ReadonlyMap<string, readonly string[]> => {
    const entries = groupedBy(side.known("xen-auto") ?? [], ({ name, target }) => target ?? `/etc/xen/auto/${name}`);
    return new Map([...entries].map(([path, group]) => [path, group.map(({ name }) => name)]));
  }, shared),
);

export const startsOn = (side: Side, { files }: JoinedGuest): boolean =>
  files.some((one) => one.side === side && startedOn(side)().has(one.file.path));

export const usesAutostart = ({ both }: Sides): boolean => both.some((side) => startedOn(side)().size > 0);

/** Names of the entries for the guest's files, on either host: xendomains starts them in the order of their names. */
export const entriesFor = ({ both }: Sides, { files }: JoinedGuest): string[] => {
  const paths = new Set(files.map(({ file }) => file.path));
  return both.flatMap((side) => [...paths].flatMap((path) => startedOn(side)().get(path) ?? []));
};
