import type { FibreChannel, Iscsi, Multipath, Nbd, Nfs } from "../../xen/model/storage.ts";
import { type Change, pairUp } from "./change.ts";

export function multipathChanges(before: Multipath, after: Multipath): readonly Change[] {
  const { came, went, both } = pairUp(before.maps, after.maps, ({ wwid }) => wwid);
  return [
    ...went.map(({ name }) => ({ object: name, text: "multipath map gone", severity: "warning" as const })),
    ...came.map(({ name, paths }) => ({ object: name, text: `multipath map there with ${paths.length} paths`, severity: "info" as const })),
    ...both.flatMap(({ before: old, after: now }) => {
      const paths = pairUp(old.paths, now.paths, ({ dev }) => dev);
      const left = now.paths.filter(({ usable }) => usable).length;
      const rest = `${left} of ${now.paths.length} paths usable`;
      const loss: Change["severity"] = left === 0 ? "critical" : "warning";
      return [
        ...paths.went.map(({ dev }) => ({ object: now.name, text: `path ${dev} gone, ${rest}`, severity: loss })),
        ...paths.came.map(({ dev }) => ({ object: now.name, text: `path ${dev} there, ${rest}`, severity: "info" as const })),
        ...paths.both.flatMap(({ before: was, after: is }) => {
          if (was.usable === is.usable) return [];
          const words = `path ${is.dev} ${is.dm_state} ${is.checker_state}, ${rest}`;
          return [{ object: now.name, text: words, severity: is.usable ? ("ok" as const) : loss }];
        }),
      ];
    }),
  ];
}

export function iscsiChanges(before: Iscsi, after: Iscsi): readonly Change[] {
  const { came, went, both } = pairUp(before.sessions, after.sessions, ({ target, portal }) => `${target} ${portal}`);
  const name = ({ target, portal }: Iscsi["sessions"][number]): string => `${target} at ${portal ?? "?"}`;
  return [
    ...went.map((session) => ({ object: name(session), text: "iSCSI session gone", severity: "warning" as const })),
    ...came.map((session) => ({
      object: name(session),
      text: `iSCSI session ${session.session_state ?? "there"}`,
      severity: "info" as const,
    })),
    ...both.flatMap(({ before: old, after: now }) => {
      if (old.session_state === now.session_state && old.connection_state === now.connection_state) return [];
      const good = now.session_state === "LOGGED_IN" && now.connection_state === "LOGGED IN";
      const text = `iSCSI session ${now.session_state ?? "?"}, connection ${now.connection_state ?? "?"}`;
      return [{ object: name(now), text, severity: good ? ("ok" as const) : ("warning" as const) }];
    }),
  ];
}

export function fcChanges(before: FibreChannel, after: FibreChannel): readonly Change[] {
  return pairUp(before.ports, after.ports, ({ host }) => host).both.flatMap(({ before: old, after: now }) =>
    old.port_state === now.port_state
      ? []
      : [
          {
            object: now.host,
            text: `FC port ${old.port_state ?? "?"} -> ${now.port_state ?? "?"}`,
            severity: now.port_state === "Online" ? ("ok" as const) : ("warning" as const),
          },
        ],
  );
}

export function nbdChanges(before: Nbd, after: Nbd): readonly Change[] {
  return pairUp(before.devices, after.devices, ({ dev }) => dev).both.flatMap(({ before: old, after: now }) => {
    if ((old.pid === undefined) === (now.pid === undefined)) return [];
    return [
      {
        object: now.dev,
        text: now.pid === undefined ? "NBD disconnected" : "NBD connected",
        severity: now.pid === undefined ? ("warning" as const) : ("ok" as const),
      },
    ];
  });
}

export function nfsChanges(before: Nfs, after: Nfs): readonly Change[] {
  const { came, went } = pairUp(before.mounts, after.mounts, ({ device, mountpoint }) => `${device} ${mountpoint}`);
  return [
    ...went.map(({ device, mountpoint }) => ({
      object: mountpoint,
      text: `NFS ${device} no longer mounted`,
      severity: "warning" as const,
    })),
    ...came.map(({ device, mountpoint }) => ({ object: mountpoint, text: `NFS ${device} mounted`, severity: "info" as const })),
  ];
}
