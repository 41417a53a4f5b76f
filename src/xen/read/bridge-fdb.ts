/**
 * `bridge -j fdb`: which addresses a bridge has learned on which port. A guest's address learned on an uplink proves that the
 * bridges of both hosts reach each other. Source: iproute2 bridge/fdb.c, recording healthy.
 */
import type { Fdb, FdbEntry } from "../model/network.ts";
import { iprouteScript, parseIproute } from "./iproute.ts";
import { type JsonObject, numberOf, textOf, textsOf } from "./json-objects.ts";
import type { ParseResult, RawOutput, Reading } from "./reading.ts";

/** A bridge in a large segment learns thousands; a pair's guests are in the first of them. */
export const FDB_ENTRIES_MAX = 1000;
/** Xen's own address prefix. */
const XEN_PREFIX = "00:16:3e:";

/** Addresses of the bridge and its ports themselves, and multicast groups, say nothing of what is reached. */
function entries(object: JsonObject): readonly FdbEntry[] | undefined {
  const mac = textOf(object.mac)?.toLowerCase();
  const port = textOf(object.ifname);
  if (mac === undefined || port === undefined) return undefined;
  const permanent = object.state === "permanent";
  if (permanent || textsOf(object.flags).includes("self")) return [];
  return [{ mac, port, bridge: textOf(object.master), vlan: numberOf(object.vlan), permanent }];
}

export function parseBridgeFdb(raw: RawOutput): ParseResult<Fdb> {
  return parseIproute(raw, "bridge -j fdb", entries, (rows, not_understood) => {
    const guests = rows.filter(({ mac }) => mac.startsWith(XEN_PREFIX));
    const others = rows.filter(({ mac }) => !mac.startsWith(XEN_PREFIX));
    return { entries: [...guests, ...others].slice(0, FDB_ENTRIES_MAX), truncated: rows.length > FDB_ENTRIES_MAX, not_understood };
  });
}

export const bridgeFdb: Reading<Fdb> = {
  id: "bridge-fdb",
  title: "addresses learned by bridges",
  source: "bridge -j fdb",
  // One entry a line, guests' first, those that the parser would drop left out: a large segment stays cheap on a slow link.
  script: iprouteScript(
    "bridge -j fdb",
    `sed -e 's/},{/},\\
{/g' -e 's/"flags":\\[\\],//g' -e 's/,"state":""//g' | grep -v -e '"permanent"' -e '"self"' | awk '
  /"00:16:3e:/ { if (guests++ <= 600) print; next }
  others <= 400 { line[others++] = $0 }
  END { for (i = 0; i < others; i++) print line[i] }'`,
  ),
  cadence_s: 120,
  timeout_s: 10,
  bytes_max: 262_144,
  refreshed_by: [],
  parse: parseBridgeFdb,
};
