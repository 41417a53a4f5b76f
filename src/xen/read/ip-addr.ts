/** `ip -j addr`: dom0's addresses. Source: iproute2 ip/ipaddress.c, recording healthy. */
import type { AddressList, NetAddress } from "../model/network.ts";
import { iprouteScript, parseIproute } from "./iproute.ts";
import { isObject, type JsonObject, listOf, notUnderstood, numberOf, textOf } from "./json-objects.ts";
import type { ParseResult, RawOutput, Reading } from "./reading.ts";

function addresses(object: JsonObject, strange: string[]): readonly NetAddress[] | undefined {
  const ifname = textOf(object.ifname);
  if (ifname === undefined) return undefined;
  return listOf(object.addr_info).flatMap((info): NetAddress[] => {
    const address = isObject(info) ? (textOf(info.local) ?? textOf(info.address)) : undefined;
    if (!isObject(info) || address === undefined) {
      strange.push(`${ifname}: ${notUnderstood(info)}`);
      return [];
    }
    return [
      {
        ifname,
        family: info.family === "inet" || info.family === "inet6" ? info.family : "other",
        address,
        prefix_length: numberOf(info.prefixlen) ?? (info.family === "inet6" ? 128 : 32),
        scope: textOf(info.scope),
      },
    ];
  });
}

export function parseIpAddr(raw: RawOutput): ParseResult<AddressList> {
  return parseIproute(raw, "ip -j addr", addresses, (rows, not_understood) => ({ addresses: rows, not_understood }));
}

export const ipAddr: Reading<AddressList> = {
  id: "ip-addr",
  title: "addresses of dom0",
  source: "ip -j addr",
  // Lifetimes count down: without them the answer stays the same while nothing changes.
  script: iprouteScript("ip -j addr", `sed 's/,"[a-z]*_life_time":[0-9]*//g'`),
  cadence_s: 60,
  timeout_s: 8,
  bytes_max: 524_288,
  refreshed_by: ["net"],
  parse: parseIpAddr,
};
