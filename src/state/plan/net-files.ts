/**
 * What makes a bridge and its VLAN at boot, as text for whatever the host sets its network up with. It is shown; it is written only where that is
 * asked for, only where nothing of that name is there, and it isn't read before the next boot.
 */
import type { NetManager, NetSetup } from "../../xen/read/net-setup.ts";

export interface Wanted {
  readonly bridge: string;
  readonly mtu: number | undefined;
  readonly stp: boolean;
  readonly filtering: boolean;
  /** The way out; undefined: a bridge within the host. vlan_id undefined: the interface itself. */
  readonly uplink: { readonly name: string; readonly parent: string; readonly vlan_id: number | undefined } | undefined;
}

export interface NetFile {
  readonly path: string;
  readonly text: string;
}

const lines = (...all: readonly (string | undefined)[]): string => `${all.filter((line) => line !== undefined).join("\n")}\n`;
const word = (flag: boolean): string => (flag ? "yes" : "no");

/** interfaces(5) with iproute2 alone: neither bridge-utils nor vlan need be installed. */
function ifupdown({ bridge, mtu, stp, filtering, uplink }: Wanted): readonly NetFile[] {
  const there = (name: string): string => `ip link show dev ${name} >/dev/null 2>&1`;
  const options = `${stp ? " stp_state 1" : ""}${filtering ? " vlan_filtering 1" : ""}`;
  const vlan = uplink?.vlan_id === undefined ? undefined : uplink;
  const text = lines(
    `auto ${bridge}`,
    `iface ${bridge} inet manual`,
    `    pre-up ${there(bridge)} || ip link add name ${bridge} type bridge${options}`,
    vlan === undefined
      ? undefined
      : `    pre-up ${there(vlan.name)} || ip link add link ${vlan.parent} name ${vlan.name} type vlan id ${vlan.vlan_id}`,
    uplink === undefined || mtu === undefined ? undefined : `    pre-up ip link set dev ${uplink.name} mtu ${mtu}`,
    uplink === undefined ? undefined : `    pre-up ip link set dev ${uplink.name} master ${bridge}`,
    uplink === undefined ? undefined : `    pre-up ip link set dev ${uplink.name} up`,
    mtu === undefined ? undefined : `    pre-up ip link set dev ${bridge} mtu ${mtu}`,
    `    up ip link set dev ${bridge} up`,
    `    down ip link set dev ${bridge} down`,
    vlan === undefined ? undefined : `    post-down ip link delete dev ${vlan.name}`,
    `    post-down ip link delete dev ${bridge}`,
  );
  return [{ path: `/etc/network/interfaces.d/${bridge}`, text }];
}

function netplan({ bridge, mtu, stp, uplink }: Wanted): readonly NetFile[] {
  const vlan = uplink?.vlan_id === undefined ? undefined : uplink;
  const text = lines(
    "network:",
    "  version: 2",
    ...(vlan === undefined
      ? []
      : [
          "  vlans:",
          `    ${vlan.name}:`,
          `      id: ${vlan.vlan_id}`,
          `      link: ${vlan.parent}`,
          mtu === undefined ? undefined : `      mtu: ${mtu}`,
        ]),
    "  bridges:",
    `    ${bridge}:`,
    `      interfaces: [${uplink?.name ?? ""}]`,
    mtu === undefined ? undefined : `      mtu: ${mtu}`,
    "      dhcp4: false",
    "      dhcp6: false",
    "      link-local: []",
    `      parameters: {stp: ${stp}}`,
  );
  return [{ path: `/etc/netplan/90-${bridge}.yaml`, text }];
}

/** The parent's own .network file has to name the VLAN; which file that is, only its admin knows: a drop-in for the usual name is shown. */
function networkd({ bridge, mtu, stp, filtering, uplink }: Wanted): readonly NetFile[] {
  const folder = "/etc/systemd/network";
  const size = mtu === undefined ? undefined : `MTUBytes=${mtu}`;
  const made = (name: string, kind: string, ...rest: readonly (string | undefined)[]): NetFile => ({
    path: `${folder}/60-${name}.netdev`,
    text: lines("[NetDev]", `Name=${name}`, `Kind=${kind}`, size, ...rest),
  });
  const port = (name: string): NetFile => ({
    path: `${folder}/60-${name}.network`,
    text: lines("[Match]", `Name=${name}`, "", "[Network]", `Bridge=${bridge}`),
  });
  const own: NetFile = {
    path: `${folder}/60-${bridge}.network`,
    text: lines("[Match]", `Name=${bridge}`, "", "[Network]", "LinkLocalAddressing=no", "ConfigureWithoutCarrier=yes"),
  };
  const bridged = made(bridge, "bridge", "", "[Bridge]", `STP=${word(stp)}`, `VLANFiltering=${word(filtering)}`);
  if (uplink === undefined) return [bridged, own];
  if (uplink.vlan_id === undefined) return [bridged, own, port(uplink.name)];
  return [
    bridged,
    own,
    made(uplink.name, "vlan", "", "[VLAN]", `Id=${uplink.vlan_id}`),
    port(uplink.name),
    { path: `${folder}/${uplink.parent}.network.d/60-${uplink.name}.conf`, text: lines("[Network]", `VLAN=${uplink.name}`) },
  ];
}

function networkManager({ bridge, mtu, stp, uplink }: Wanted): readonly NetFile[] {
  const folder = "/etc/NetworkManager/system-connections";
  const own: NetFile = {
    path: `${folder}/${bridge}.nmconnection`,
    text: lines(
      "[connection]",
      `id=${bridge}`,
      "type=bridge",
      `interface-name=${bridge}`,
      "",
      "[bridge]",
      `stp=${stp}`,
      "",
      "[ipv4]",
      "method=disabled",
      "",
      "[ipv6]",
      "method=disabled",
    ),
  };
  if (uplink === undefined) return [own];
  const type = uplink.vlan_id === undefined ? ["type=ethernet"] : ["type=vlan"];
  const kind =
    uplink.vlan_id === undefined ? ["[ethernet]"] : ["[vlan]", `id=${uplink.vlan_id}`, `parent=${uplink.parent}`, "", "[ethernet]"];
  const port = lines(
    "[connection]",
    `id=${uplink.name}`,
    ...type,
    `interface-name=${uplink.name}`,
    `controller=${bridge}`,
    "port-type=bridge",
    "",
    ...kind,
    mtu === undefined ? undefined : `mtu=${mtu}`,
  );
  return [own, { path: `${folder}/${uplink.name}.nmconnection`, text: port }];
}

function ifcfg({ bridge, mtu, stp, uplink }: Wanted): readonly NetFile[] {
  const folder = "/etc/sysconfig/network-scripts";
  const size = mtu === undefined ? undefined : `MTU=${mtu}`;
  const own = {
    path: `${folder}/ifcfg-${bridge}`,
    text: lines(`DEVICE=${bridge}`, "TYPE=Bridge", "ONBOOT=yes", "BOOTPROTO=none", `STP=${word(stp)}`, size),
  };
  if (uplink === undefined) return [own];
  const vlan = uplink.vlan_id === undefined ? undefined : "VLAN=yes";
  return [
    own,
    {
      path: `${folder}/ifcfg-${uplink.name}`,
      text: lines(`DEVICE=${uplink.name}`, vlan, "ONBOOT=yes", "BOOTPROTO=none", `BRIDGE=${bridge}`, size),
    },
  ];
}

const makers: Readonly<Partial<Record<NetManager, (wanted: Wanted) => readonly NetFile[]>>> = {
  ifupdown,
  netplan,
  networkd,
  nm: networkManager,
  ifcfg,
};

export interface Persistence {
  /** What is in charge there, in words; undefined: nothing that is known here. */
  readonly manager: NetManager | undefined;
  readonly files: readonly NetFile[];
  /** What has to be so that they are read. */
  readonly needs: readonly string[];
}

/** For the first of those that are there: see netManagers. */
export function persistenceFor(setup: NetSetup | undefined, wanted: Wanted): Persistence {
  const manager = setup?.managers[0];
  const files = manager === undefined ? [] : (makers[manager]?.(wanted) ?? []);
  const unread = manager === "ifupdown" && !(setup?.ifupdown_sources ?? []).some((line) => line.includes("/etc/network/interfaces.d"));
  return { manager, files, needs: unread ? ["/etc/network/interfaces has to say: source /etc/network/interfaces.d/*"] : [] };
}
