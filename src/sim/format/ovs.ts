/** `ovs-vsctl --format=json --columns=... list TABLE`, part by part, as the reading asks for it (ovsdb JSON: RFC 7047, table.c). */

import { findDev, hasCarrier } from "../model/network.ts";
import { hash32 } from "../random.ts";
import { type Format, notHere, ok } from "./answer.ts";

/** A uuid that stays the same for a name. */
function uuid(kind: string, name: string): readonly [string, string] {
  const hex = [0, 1, 2, 3].map((at) => hash32(`${kind}/${name}/${at}`).toString(16).padStart(8, "0")).join("");
  return ["uuid", [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20)].join("-")];
}
type Cell = unknown;
const set = (items: readonly Cell[]): Cell => (items.length === 1 ? items[0] : ["set", items]);
const optional = (value: Cell | undefined): Cell => (value === undefined ? ["set", []] : value);

const table = (name: string, headings: readonly string[], data: readonly (readonly Cell[])[]): string =>
  `@@ ${name}\n${JSON.stringify({ data, headings })}\n`;

export const ovs: Format = (_world, host) => {
  const { ovs: switches } = host.network;
  if (switches === undefined) return notHere;
  const bridges = switches.bridges.map((name) => {
    const ports = switches.ports.filter((port) => port.bridge === name).map((port) => uuid("port", port.name));
    return [uuid("bridge", name), name, set(ports)];
  });
  const ports = switches.ports.map((port) => [
    uuid("port", port.name),
    port.name,
    optional(port.tag),
    port.trunks.length === 0 ? ["set", []] : ["set", port.trunks],
    uuid("interface", port.name),
    port.fake_bridge === true,
  ]);
  const interfaces = switches.ports.map((port) => {
    const dev = findDev(host.network, port.name);
    const state = dev === undefined || (dev.up && hasCarrier(host.network, dev)) ? "up" : "down";
    const gone = dev === undefined && port.type !== "internal";
    const error = gone ? `could not open network device ${port.name} (No such device)` : undefined;
    const known = gone ? undefined : port.mac;
    return [
      uuid("interface", port.name),
      port.name,
      port.type,
      optional(gone ? undefined : "up"),
      optional(gone ? undefined : state),
      optional(error),
      optional(known),
      optional(gone ? undefined : (dev?.mtu ?? 1500)),
      ["map", port.external_ids],
    ];
  });
  return ok(
    table("Bridge", ["_uuid", "name", "ports"], bridges) +
      table("Port", ["_uuid", "name", "tag", "trunks", "interfaces", "fake_bridge"], ports) +
      table("Interface", ["_uuid", "name", "type", "admin_state", "link_state", "error", "mac_in_use", "mtu", "external_ids"], interfaces),
  );
};
