/** `bridge -j vlan`: which VLAN ids a bridge's ports let through. Source: iproute2 bridge/vlan.c, recording healthy. */
import type { BridgeVlan, BridgeVlanList } from "../model/network.ts";
import { iprouteScript, parseIproute } from "./iproute.ts";
import { isObject, type JsonObject, listOf, notUnderstood, numberOf, textOf, textsOf } from "./json-objects.ts";
import type { ParseResult, RawOutput, Reading } from "./reading.ts";

function vlans(object: JsonObject, strange: string[]): readonly BridgeVlan[] | undefined {
  const port = textOf(object.ifname);
  if (port === undefined) return undefined;
  return listOf(object.vlans).flatMap((entry): BridgeVlan[] => {
    const vid = isObject(entry) ? numberOf(entry.vlan) : undefined;
    if (!isObject(entry) || vid === undefined) {
      strange.push(`${port}: ${notUnderstood(entry)}`);
      return [];
    }
    const flags = textsOf(entry.flags);
    return [{ port, vid, vid_end: numberOf(entry.vlanEnd), pvid: flags.includes("PVID"), untagged: flags.includes("Egress Untagged") }];
  });
}

export function parseBridgeVlan(raw: RawOutput): ParseResult<BridgeVlanList> {
  return parseIproute(raw, "bridge -j vlan", vlans, (rows, not_understood) => ({ vlans: rows, not_understood }));
}

export const bridgeVlan: Reading<BridgeVlanList> = {
  id: "bridge-vlan",
  title: "VLAN ids of bridge ports",
  source: "bridge -j vlan",
  script: iprouteScript("bridge -j vlan", "cat"),
  cadence_s: 60,
  timeout_s: 8,
  bytes_max: 524_288,
  refreshed_by: ["net"],
  parse: parseBridgeVlan,
};
