/** Paths over a network or fabric: multipath maps, iSCSI sessions, FC ports and NPIV virtual ports, NBD. */
import type { FcPort, IscsiSession, MultipathMap, MultipathPath, NbdDevice } from "../../xen/model/storage.ts";
import type { Judged } from "../view-model.ts";
import { worstOf } from "./severity.ts";
import {
  critical,
  guestsOf,
  info,
  ok,
  type StorageContext,
  type StorageItem,
  type StorageKind,
  sizeText,
  told,
  unclear,
  warning,
} from "./storage-item.ts";
import { devToken, targetToken } from "./storage-users.ts";

const words = (...parts: readonly (string | undefined)[]): string => parts.filter((part) => part !== undefined && part !== "").join(" ");

function mapState({ paths, dm_state, queueing }: MultipathMap): Judged {
  const usable = paths.filter((path) => path.usable);
  const count = `${usable.length}/${paths.length} ${paths.length === 1 ? "path" : "paths"}`;
  // Queued I/O waits for a path for ever or for a while; else it fails at once. Both stop the guests.
  const holds = queueing !== undefined && queueing !== "off" && queueing !== "-";
  if (usable.length === 0) return critical(`${count}, ${holds ? `I/O waits (queueing ${queueing})` : "I/O fails"}`);
  if (dm_state === "suspend") return critical(`${count}, suspended`);
  if (usable.length < paths.length) return warning(count);
  if (paths.some(({ marginal }) => marginal === true)) return warning(`${count}, marginal`);
  if (paths.length === 1) return info(`${count}, no second one`);
  const adapters = new Set(paths.map(({ host_adapter }) => host_adapter));
  return adapters.size === 1 && !adapters.has(undefined) ? info(`${count}, one adapter`) : ok(count);
}

const pathText = ({ dev, dm_state, dev_state, checker_state, host_adapter, target, marginal }: MultipathPath): string =>
  words(
    dev,
    `${dm_state}/${checker_state}/${dev_state}`,
    marginal === true ? "marginal" : undefined,
    host_adapter === undefined ? undefined : `via ${host_adapter}`,
    target === undefined ? undefined : `to ${target}`,
  );

function mapItem(context: StorageContext, map: MultipathMap): StorageItem {
  const { name, wwid, dm_device, queueing, path_faults, vendor, product, size_text, paths } = map;
  return {
    key: `multipath:${wwid}`,
    title: name,
    subtitle: words(vendor, product, size_text, name === wwid ? undefined : wwid) || undefined,
    state: mapState(map),
    details: [
      ...paths.map(pathText),
      ...(queueing === undefined ? [] : [`queueing ${queueing}`]),
      ...((path_faults ?? 0) > 0 ? [`${path_faults} path ${path_faults === 1 ? "fault" : "faults"} since the map was made`] : []),
    ],
    losses: context.losses(context.side, wwid, dm_device),
    guests: guestsOf(context.users, dm_device === undefined ? [] : [devToken(dm_device)]),
  };
}

export const multipathKind: StorageKind = {
  kind: "multipath",
  reading: "multipath",
  needed_on_both: true,
  items: (context) => (told(context, "multipath")?.maps ?? []).map((map) => mapItem(context, map)),
};

const isUp = ({ connection_state, session_state }: IscsiSession): boolean =>
  (connection_state === undefined || connection_state === "LOGGED IN") && (session_state === undefined || session_state === "LOGGED_IN");

function sessionState(session: IscsiSession, others: readonly IscsiSession[]): Judged {
  const { connection_state, session_state, internal_state } = session;
  if (connection_state === undefined && session_state === undefined) return unclear("state not told");
  if (isUp(session)) {
    const lost = session.devices.find(({ state }) => state !== undefined && state !== "running");
    return lost === undefined ? ok("logged in") : warning(`logged in, ${lost.dev} ${lost.state}`);
  }
  const text = [connection_state, internal_state === "NO CHANGE" ? undefined : internal_state]
    .filter((word) => word !== undefined)
    .join(", ");
  // Another way to the same target is left: no more than redundancy is lost.
  return others.some(isUp) ? warning(text) : critical(`${text}: no session to its target is up`);
}

function sessionItem({ side, users }: StorageContext, sessions: readonly IscsiSession[], all: readonly IscsiSession[]): StorageItem {
  const [first] = sessions;
  const target = first?.target ?? "?";
  const portal = first?.portal ?? "(no portal)";
  const judged = sessions.map((session) =>
    sessionState(
      session,
      all.filter((other) => other !== session),
    ),
  );
  const devices = sessions.flatMap((session) => session.devices);
  return {
    key: `iscsi:${target}|${portal}`,
    title: words(portal, target.slice(target.lastIndexOf(":") + 1)),
    subtitle: target,
    state: worstOf(judged) ?? unclear(`no session told by ${side.id}`),
    details: sessions.flatMap((session) => [
      words(
        `session ${session.sid}`,
        session.session_state,
        session.iface_address === undefined ? undefined : `from ${session.iface_address}`,
      ),
      ...session.devices.map(({ dev, lun, state }) => words(dev, lun === undefined ? undefined : `lun ${lun}`, state)),
    ]),
    guests: guestsOf(users, [targetToken(target), ...devices.map(({ dev }) => devToken(dev))]),
  };
}

function grouped<T>(items: readonly T[], key: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

export const iscsiKind: StorageKind = {
  kind: "iscsi",
  reading: "iscsi",
  needed_on_both: false,
  items: (context) =>
    grouped(told(context, "iscsi")?.sessions ?? [], ({ target }) => target).flatMap((all) =>
      grouped(all, ({ portal }) => portal ?? "").map((sessions) => sessionItem(context, sessions, all)),
    ),
};

/** WWPN -> what is reached by it, from the paths that multipath has over it. */
function devicesByPort(context: StorageContext): ReadonlyMap<string, readonly string[]> {
  const paths = (told(context, "multipath")?.maps ?? []).flatMap((map) => map.paths);
  return new Map(
    grouped(paths, ({ host_adapter }) => host_adapter ?? "").map((group) => [group[0]?.host_adapter ?? "", group.map(({ dev }) => dev)]),
  );
}

function portState({ port_state }: FcPort, ports: readonly FcPort[]): Judged {
  if (port_state === undefined) return unclear("state not told");
  if (port_state === "Online") return ok("Online");
  return ports.some((port) => port.port_state === "Online") ? warning(port_state) : critical(`${port_state}, no port is Online`);
}

function fcItems(context: StorageContext): StorageItem[] {
  const ports = told(context, "fc")?.ports ?? [];
  const devices = devicesByPort(context);
  const usersOf = (port_name: string | undefined): string[] => guestsOf(context.users, (devices.get(port_name ?? "-") ?? []).map(devToken));
  return ports.flatMap((port): StorageItem[] => [
    {
      // A port belongs to its host: no other host has its name.
      key: `fc:${port.port_name ?? `${context.side.id}:${port.host}`}`,
      title: words(port.host, port.port_name),
      subtitle: words(port.port_type, port.speed) || undefined,
      state: portState(port, ports),
      details: [
        words("node", port.node_name ?? "not told"),
        ...(port.max_npiv_vports === undefined ? [] : [`${port.npiv_vports_inuse ?? 0} of ${port.max_npiv_vports} virtual ports in use`]),
      ],
      guests: usersOf(port.port_name),
    },
    ...port.vports.map(
      (vport): StorageItem => ({
        // A virtual port's name moves with its guest from host to host.
        key: `fc:${vport.port_name ?? `${context.side.id}:${vport.name}`}`,
        title: words("NPIV", vport.port_name ?? vport.name),
        subtitle: "virtual port",
        state: vport.state === undefined ? unclear("state not told") : vport.state === "Active" ? ok("Active") : warning(vport.state),
        details: [`${vport.name} on ${port.host}`],
        guests: usersOf(vport.port_name),
      }),
    ),
  ]);
}

export const fcKind: StorageKind = { kind: "fc", reading: "fc", needed_on_both: false, items: fcItems };

/** A device that was never connected is no storage: sixteen of them are made when the module is loaded. */
const idle = ({ pid, size_bytes }: NbdDevice): boolean => pid === undefined && (size_bytes ?? 0) === 0;

function nbdItem(device: NbdDevice, guests: readonly string[]): StorageItem {
  const { dev, size_bytes, pid, backend } = device;
  return {
    key: `nbd:${dev}`,
    title: dev,
    subtitle: words(backend, size_bytes === undefined || size_bytes === 0 ? undefined : sizeText(size_bytes)) || undefined,
    state: pid !== undefined ? ok("connected") : guests.length > 0 ? critical("not connected") : warning("not connected"),
    details: pid === undefined ? [] : [`client pid ${pid}`],
    guests,
  };
}

export const nbdKind: StorageKind = {
  kind: "nbd",
  reading: "nbd",
  needed_on_both: true,
  items: (context) =>
    (told(context, "nbd")?.devices ?? []).flatMap((device) => {
      const guests = guestsOf(context.users, [devToken(device.dev)]);
      return idle(device) && guests.length === 0 ? [] : [nbdItem(device, guests)];
    }),
};
