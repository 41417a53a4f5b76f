/** What a DRBD volume's two sides allow: to move its guest, to start it, and whether a survivor's copy is good. Shared by the disks' readiness and every plan. */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import type { DrbdSide } from "../view-model.ts";
import { type Judgement, judged } from "./judgement.ts";

/** In the words of DRBD; nothing told is an empty text. */
export type MirrorSide = Pick<DrbdSide, "host" | "present" | "role" | "disk" | "connection" | "replication" | "peer_disk" | "suspended"> & {
  /** It says so now. */
  readonly fresh: boolean;
};

interface Mirror {
  /** `r0/0` */
  readonly key: string;
  readonly sides: Pair<MirrorSide>;
  readonly split: boolean;
}

/** Before anything is moved: both hosts see both copies whole, and only the source writes. */
export function mirrorMoves({ key, sides, split }: Mirror, source: HostId): Judgement {
  const wrong = sides.flatMap((side) => {
    const at_source = side.host === source;
    if (!side.present) return [`${key} is not up on ${side.host}`];
    if (side.connection !== "Connected") return [`${key} on ${side.host} is ${side.connection === "" ? "not connected" : side.connection}`];
    if (side.replication !== "Established")
      return [`${key} on ${side.host} is ${side.replication === "" ? "not established" : side.replication}`];
    if (side.disk !== "UpToDate") return [`${key} on ${side.host} is ${side.disk === "" ? "of unknown state" : side.disk}`];
    if (side.peer_disk !== "UpToDate") return [`${key}: ${side.host} sees its peer as ${side.peer_disk}`];
    if (side.suspended !== "no" && side.suspended !== "") return [`${key} on ${side.host}: I/O suspended (${side.suspended})`];
    if (side.role !== (at_source ? "Primary" : "Secondary")) return [`${key} on ${side.host} is ${side.role}`];
    return [];
  });
  if (split) return judged("fail", `${key}: split brain`);
  const [first] = wrong;
  if (sides.some(({ fresh }) => !fresh)) return judged("unknown", `${key}: not freshly read on both hosts`);
  return first === undefined ? judged("pass", `${key} Connected, UpToDate on both`) : judged("fail", first);
}

/** Where it isn't allowed it is allowed for the move alone; where it isn't known, nobody could say what to go back to. */
export const twoPrimariesTold = (resource: string, host: HostId, allowed: boolean | undefined): Judgement =>
  allowed === undefined
    ? judged("unknown", `${resource} on ${host}: whether two primaries are allowed isn't known`)
    : judged(
        "pass",
        allowed
          ? `${resource} on ${host} allows two primaries`
          : `${resource} on ${host}: two primaries are allowed for the move alone, and forbidden again`,
      );

/** Of a guest that runs nowhere: whoever has its disk Primary on the other host writes to it. */
export function writtenElsewhere(key: string, other: Pick<MirrorSide, "host" | "role"> | undefined): Judgement {
  if (other === undefined) return judged("unknown", `${key}: the other side isn't known`);
  if (other.role === "Primary") return judged("fail", `${key} is Primary on ${other.host}: something there writes to it`);
  return other.role === "Secondary"
    ? judged("pass", `${key} is Secondary on ${other.host}`)
    : judged("unknown", `${key}: its role on ${other.host} isn't known`);
}
