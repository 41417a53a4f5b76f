/** The table of readings: one file each, one line here. */
import { bondReading } from "./bond.ts";
import { bridgeFdb } from "./bridge-fdb.ts";
import { bridgeLink } from "./bridge-link.ts";
import { bridgeVlan } from "./bridge-vlan.ts";
import { ipAddr } from "./ip-addr.ts";
import { ipLink } from "./ip-link.ts";
import { ovs } from "./ovs.ts";
import type { Reading } from "./reading.ts";
import { xlList } from "./xl-list.ts";

export const readings = {
  "xl-list": xlList,
  bond: bondReading,
  "bridge-fdb": bridgeFdb,
  "bridge-link": bridgeLink,
  "bridge-vlan": bridgeVlan,
  "ip-addr": ipAddr,
  "ip-link": ipLink,
  ovs,
} as const satisfies Record<string, Reading<unknown>>;

export type ReadingId = keyof typeof readings;
/** The facts that reading `Id` gives. */
export type FactsOf<Id extends ReadingId> = (typeof readings)[Id] extends Reading<infer Facts> ? Facts : never;
export const readingIds = Object.keys(readings) as readonly ReadingId[];
