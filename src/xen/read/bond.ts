/** /proc/net/bonding/*: bonds and their slaves. Source: Linux drivers/net/bonding/bond_procfs.c (bond_info_show_master, _slave). */
import type { Bond, BondList, BondSlave } from "../model/network.ts";
import { clean } from "./clean.ts";
import { CUT_NOTE, NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { splitParts } from "./parts.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

/** `going down`: carrier lost, its delay not over; `going back`: carrier back, not used yet. Neither carries a reliable link. */
function miiUp(word: string | undefined): boolean | undefined {
  if (word === "up") return true;
  return word === "down" || word === "going down" || word === "going back" ? false : undefined;
}

/** `Key: value` lines; the first of a key counts, so that the LACP details below don't hide it. */
function fields(lines: readonly string[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(": ");
    if (colon > 0 && !found.has(line.slice(0, colon).trim())) found.set(line.slice(0, colon).trim(), clean(line.slice(colon + 2).trim()));
  }
  return found;
}

function slave(lines: readonly string[]): BondSlave {
  const known = fields(lines);
  const failures = known.get("Link Failure Count");
  return {
    name: known.get("Slave Interface") ?? "",
    mii_up: miiUp(known.get("MII Status")),
    speed: known.get("Speed"),
    link_failures: failures !== undefined && /^\d{1,15}$/.test(failures) ? Number(failures) : undefined,
  };
}

function bond(name: string, body: string): Bond | undefined {
  const sections: string[][] = [[]];
  for (const line of body.split("\n")) {
    if (line.startsWith("Slave Interface: ")) sections.push([]);
    sections[sections.length - 1]?.push(line);
  }
  const known = fields(sections[0] ?? []);
  const mode = known.get("Bonding Mode");
  if (mode === undefined && sections.length === 1) return undefined;
  const active = known.get("Currently Active Slave");
  return {
    name,
    mode,
    mii_up: miiUp(known.get("MII Status")),
    active_slave: active === "None" ? undefined : active,
    slaves: sections.slice(1).map(slave),
  };
}

export function parseBond({ rc, stdout, truncated }: RawOutput): ParseResult<BondList> {
  if (rc === RC_ABSENT) return absent("no bond");
  const bonds: Bond[] = [];
  const not_understood: string[] = truncated ? [CUT_NOTE] : [];
  for (const { head, body } of splitParts(stdout)) {
    const understood = head === "" ? undefined : bond(clean(head), body);
    if (understood !== undefined) bonds.push(understood);
    else if (not_understood.length < NOT_UNDERSTOOD_MAX) not_understood.push(clean(`${head} ${body}`.replaceAll("\n", " ").trim()));
  }
  if (bonds.length === 0)
    return failed(
      `nothing understood of /proc/net/bonding (exit status ${rc})${not_understood[0] === undefined ? "" : `: ${not_understood[0]}`}`,
    );
  return parsed({ bonds, not_understood });
}

export const bondReading: Reading<BondList> = {
  id: "bond",
  title: "bonds and the links in them",
  source: "cat /proc/net/bonding/*",
  script: `found=
for file in /proc/net/bonding/*; do
  [ -r "$file" ] || continue
  found=yes
  printf '@@ %s\\n' "\${file##*/}"
  cat "$file"
done
[ -n "$found" ] || exit 69`,
  cadence_s: 15,
  timeout_s: 5,
  bytes_max: 131_072,
  refreshed_by: ["net"],
  parse: parseBond,
};
