import type { DrbdConnection, DrbdResource, DrbdStatus } from "../../xen/model/drbd.ts";
import { resourcesByName } from "../drbd-resources.ts";
import { perPairOfFacts } from "../select/memo.ts";
import { type Change, pairUp } from "./change.ts";

const text = (word: string | { readonly other: string } | undefined): string =>
  word === undefined ? "not told" : typeof word === "string" ? word : word.other;

const bad: Readonly<Record<string, Change["severity"]>> = {
  StandAlone: "critical",
  Failed: "critical",
  Diskless: "critical",
  Inconsistent: "warning",
  Outdated: "warning",
  DUnknown: "warning",
  Connecting: "warning",
  NetworkFailure: "warning",
  BrokenPipe: "warning",
  Timeout: "warning",
  PausedSyncS: "warning",
  PausedSyncT: "warning",
  UpToDate: "ok",
  Established: "ok",
  Connected: "ok",
};

function moved(object: string, what: string, old: unknown, now: unknown): Change[] {
  const was = text(old as string | undefined);
  const is = text(now as string | undefined);
  return was === is ? [] : [{ object, text: `${what} ${was} -> ${is}`, severity: bad[is] ?? "info" }];
}

function connectionChanges(resource: string, before: readonly DrbdConnection[], after: readonly DrbdConnection[]): Change[] {
  const { came, went, both } = pairUp(before, after, ({ name }) => name);
  return [
    ...went.map(({ name }) => ({ object: resource, text: `connection to ${name} gone`, severity: "warning" as const })),
    ...came.map((now) => ({
      object: resource,
      text: `connection to ${now.name} ${text(now.connection)}`,
      severity: bad[text(now.connection)] ?? ("info" as const),
    })),
    ...both.flatMap(({ before: old, after: now }) => [
      ...moved(resource, `connection to ${now.name}`, old.connection, now.connection),
      ...moved(resource, `${now.name} role`, old.peer_role, now.peer_role),
      ...[...now.volumes].flatMap(([number, volume]) => {
        const was = old.volumes.get(number);
        if (was === undefined) return [];
        const object = `${resource}/${number}`;
        return [
          ...moved(object, "replication", was.replication, volume.replication),
          ...moved(object, `${now.name} disk`, was.peer_disk, volume.peer_disk),
          ...moved(object, "resync suspended", was.resync_suspended, volume.resync_suspended),
        ];
      }),
    ]),
  ];
}

function resourceChanges(before: DrbdResource, after: DrbdResource): Change[] {
  const { came, went, both } = pairUp(before.volumes, after.volumes, ({ volume }) => String(volume));
  return [
    ...moved(after.name, "role", before.role, after.role),
    ...moved(after.name, "I/O suspended", before.suspended, after.suspended),
    ...came.map(({ volume }) => ({ object: `${after.name}/${volume}`, text: "volume there", severity: "info" as const })),
    ...went.map(({ volume }) => ({ object: `${after.name}/${volume}`, text: "volume gone", severity: "warning" as const })),
    ...both.flatMap(({ before: old, after: now }) => [
      ...moved(`${after.name}/${now.volume}`, "disk", old.disk, now.disk),
      ...moved(
        `${after.name}/${now.volume}`,
        "quorum",
        old.quorum === undefined ? undefined : String(old.quorum),
        now.quorum === undefined ? undefined : String(now.quorum),
      ),
    ]),
    ...connectionChanges(after.name, before.connections, after.connections),
  ];
}

/** Of four hundred resources most are the very same in both, and nothing is made of those. */
export const drbdChanges = perPairOfFacts((before: DrbdStatus, after: DrbdStatus): readonly Change[] => {
  const [old, now] = [resourcesByName(before), resourcesByName(after)];
  const went: Change[] = [];
  const came: Change[] = [];
  const both: Change[] = [];
  for (const name of old.keys()) if (!now.has(name)) went.push({ object: name, text: "resource down", severity: "warning" });
  for (const [name, resource] of now) {
    const was = old.get(name);
    if (was === undefined) came.push({ object: name, text: `resource up, ${text(resource.role)}`, severity: "info" });
    else if (was !== resource) both.push(...resourceChanges(was, resource));
  }
  return [...went, ...came, ...both];
});
