/** `bridge -j -d link`: ports of Linux bridges and their spanning tree state. Source: iproute2 bridge/link.c, recordings healthy, ovs. */
import type { BridgePort, BridgePortList } from "../model/network.ts";
import { iprouteScript, parseIproute } from "./iproute.ts";
import { booleanOf, type JsonObject, textOf } from "./json-objects.ts";
import type { ParseResult, RawOutput, Reading } from "./reading.ts";

function port(object: JsonObject): readonly BridgePort[] | undefined {
  const name = textOf(object.ifname);
  if (name === undefined) return undefined;
  return [
    {
      name,
      bridge: textOf(object.master),
      state: textOf(object.state),
      isolated: booleanOf(object.isolated),
      learning: booleanOf(object.learning),
    },
  ];
}

export function parseBridgeLink(raw: RawOutput): ParseResult<BridgePortList> {
  return parseIproute(raw, "bridge -j -d link", port, (ports, not_understood) => ({ ports, not_understood }));
}

export const bridgeLink: Reading<BridgePortList> = {
  id: "bridge-link",
  title: "bridge ports and their spanning tree state",
  source: "bridge -j -d link",
  script: iprouteScript("bridge -j -d link", "cat"),
  cadence_s: 30,
  timeout_s: 8,
  bytes_max: 524_288,
  refreshed_by: ["net"],
  parse: parseBridgeLink,
};
