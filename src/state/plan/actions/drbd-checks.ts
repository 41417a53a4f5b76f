/** What DRBD's single steps are judged by, beyond a side's words. */
import type { HostId } from "../../../xen/model/ids.ts";
import type { DrbdSide } from "../../view-model.ts";
import { check, evidenceOf, hostIndex } from "../action.ts";
import { lastFacts } from "../facts.ts";
import type { PlanCheck } from "../plan.ts";
import { connected, sides, type Target } from "./drbd-target.ts";

const lives = ({ host, peer }: Target, side: DrbdSide): string | undefined => {
  if (!connected(side)) return undefined;
  if (side.role === "Primary" && side.peer_role === "Primary")
    return "it is Primary on both hosts, and would be written on both while apart";
  if (side.role === "Primary" && side.disk !== "UpToDate") return `${host} is Primary on a ${side.disk} disk and lives on ${peer}'s copy`;
  if (side.peer_role === "Primary" && side.peer_disk !== "UpToDate")
    return `${peer} is Primary on a ${side.peer_disk} disk and lives on ${host}'s copy`;
  return undefined;
};

/** Neither side lives on what the other has. This host's kernel knows of both; a peer that isn't connected takes nothing from here. */
export function partingCheck(target: Target): PlanCheck {
  const mine = sides(target, target.host);
  const against = mine.map((side) => lives(target, side)).find((why) => why !== undefined);
  const evidence = mine.map((side) => side.evidence);
  return against === undefined
    ? check("copies", "pass", `neither host lives on the other's copy of ${target.resource}`, evidence)
    : check("copies", "fail", `${target.resource} can't be parted: ${against}`, evidence);
}

/** What else DRBD does when a Primary loses its peer. */
export function policyChecks(target: Target): readonly PlanCheck[] {
  const { context, host, resource } = target;
  const settings = lastFacts(context, host, "drbd-show")?.resources.find(({ name }) => name === resource);
  const evidence = evidenceOf(context, host, "drbd-show");
  const primary = sides(target, host).some(({ role, peer_role }) => role === "Primary" || peer_role === "Primary");
  const fencing = settings?.fencing ?? "dont-care";
  const quorum = settings?.quorum ?? "off";
  return [
    ...(primary && fencing !== "dont-care"
      ? [check("fencing", "warn", `fencing ${fencing}: its fence-peer handler is called, and I/O may wait for it`, evidence)]
      : []),
    ...(primary && quorum !== "off" ? [check("quorum", "warn", `quorum ${quorum}: a Primary without quorum stops its I/O`, evidence)] : []),
  ];
}

export const resyncing = ({ rows }: Target): boolean => rows.some(({ resync }) => resync?.kind === "resync");
export const oneCopyCheck = (target: Target, text: string): readonly PlanCheck[] =>
  resyncing(target) ? [check("resync", "warn", text)] : [];

/** A pause by hand belongs to the host on which it was said: only there it can be taken back. */
export function pausedBy(target: Target, host: HostId): boolean {
  return sides(target, host).some(({ resync_suspended }) => /(?:^|,)user(?:,|$)/.test(resync_suspended));
}

export function resumeCheck(target: Target): PlanCheck {
  const { host, peer, resource } = target;
  const evidence = sides(target, host).map((side) => side.evidence);
  if (pausedBy(target, host)) return check("paused", "pass", `${resource} was paused by hand on ${host}`, evidence);
  return check(
    "paused",
    "fail",
    pausedBy(target, peer) ? `${resource} was paused on ${peer}: resume it there` : `${resource} isn't paused by hand on ${host}`,
    evidence,
  );
}

export function verifyAlgCheck({ context, host, resource }: Target): PlanCheck {
  const evidence = evidenceOf(context, host, "drbd-show");
  const settings = lastFacts(context, host, "drbd-show")?.resources.find(({ name }) => name === resource);
  if (settings === undefined) return check("verify_alg", "unknown", `the settings of ${resource} on ${host} aren't known`, evidence);
  return settings.verify_alg === undefined
    ? check(
        "verify_alg",
        "fail",
        `${resource} has no verify-alg: set one in its net section (crc32c, sha1) and run drbdadm adjust`,
        evidence,
      )
    : check("verify_alg", "pass", `verify-alg ${settings.verify_alg}`, evidence);
}

/** DRBD may have let it go because the device failed, or is gone. */
export function backingChecks({ context, rows, host }: Target): readonly PlanCheck[] {
  const lvm = lastFacts(context, host, "lvm");
  const at = hostIndex(context, host);
  return rows.flatMap(({ key, backing }) => {
    // Diskless, its own host doesn't tell: pairs name them alike.
    const path = backing[at] ?? backing[at === 0 ? 1 : 0];
    if (path === undefined || lvm === undefined || lvm.volumes.some((volume) => volume.path === path)) return [];
    return [check("backing", "warn", `${key}: ${host} shows no logical volume ${path}`, evidenceOf(context, host, "lvm"))];
  });
}
