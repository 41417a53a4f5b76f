import type { LinkList, NetLink } from "../../xen/model/network.ts";
import { type Change, pairUp } from "./change.ts";

const key = ({ name }: NetLink): string => name;

export function linkChanges(before: LinkList, after: LinkList): readonly Change[] {
  const { came, went, both } = pairUp(before.links, after.links, key);
  return [
    // A guest's vif comes and goes with its guest: told as such there.
    ...went
      .filter(({ kind }) => kind !== "vif")
      .map(({ name, kind }) => ({ object: name, text: `${kind ?? "interface"} gone`, severity: "warning" as const })),
    ...came
      .filter(({ kind }) => kind !== "vif")
      .map(({ name, kind }) => ({ object: name, text: `${kind ?? "interface"} there`, severity: "info" as const })),
    ...both.flatMap(({ before: old, after: now }) => {
      const changes: Change[] = [];
      if (old.carrier !== now.carrier && now.carrier !== undefined)
        changes.push({ object: now.name, text: now.carrier ? "carrier back" : "carrier lost", severity: now.carrier ? "ok" : "warning" });
      if (old.admin_up !== now.admin_up)
        changes.push({ object: now.name, text: now.admin_up ? "set up" : "set down", severity: now.admin_up ? "info" : "warning" });
      if (old.master !== now.master)
        changes.push({ object: now.name, text: `bridge or bond ${old.master ?? "none"} -> ${now.master ?? "none"}`, severity: "warning" });
      if (old.mtu !== now.mtu) changes.push({ object: now.name, text: `MTU ${old.mtu ?? "?"} -> ${now.mtu ?? "?"}`, severity: "warning" });
      if (old.vlan_id !== now.vlan_id)
        changes.push({ object: now.name, text: `VLAN ${old.vlan_id ?? "none"} -> ${now.vlan_id ?? "none"}`, severity: "warning" });
      return changes;
    }),
  ];
}
