/** A guest's disks on a host: there, whole, the same data, as large (2-domain, preflight 7 to 10). */
import type { BlockDevice } from "../../xen/model/storage.ts";
import type { JoinedDisk } from "../select/chain-disk.ts";
import { blockDevice, wwidOf } from "../select/disk-devices.ts";
import type { Side } from "../select/sides.ts";
import { check, type JudgedCheck, movesFrom, onBoth, type PreflightInput } from "./check.ts";
import { byResult, type Judgement, judged } from "./judgement.ts";

const MIRROR = onBoth("drbd-status", "drbd-show");

export function diskChecks(input: PreflightInput): readonly JudgedCheck[] {
  const { here, disks } = input;
  return disks.map(({ sides, config }) => {
    const { start, move, from } = sides[here.index];
    const named = ({ result, text }: Judgement): Judgement =>
      judged(result, disks.length > 1 && !text.includes(config.vdev) ? `${config.vdev}: ${text}` : text);
    const worst = move === undefined || !movesFrom(input) ? undefined : [start, move].sort(byResult)[0];
    const found = check("disk", named(start), { here: from, there: [] }, worst && { ...named(worst), from: MIRROR });
    return { ...found, vdev: config.vdev };
  });
}

/** Called the same on both hosts, or the same LUN. */
function deviceOf(side: Side, object: string | undefined, path: string): BlockDevice | undefined {
  const id = object?.toLowerCase();
  const own = blockDevice(side, path);
  if (own !== undefined && (id === undefined || wwidOf(own) === undefined || wwidOf(own) === id)) return own;
  const devices = side.known("lsblk")?.devices ?? [];
  return (
    devices.find(({ type, name }) => type === "mpath" && name.toLowerCase() === id) ??
    devices.find((device) => wwidOf(device) === id) ??
    own
  );
}

const SIZES = onBoth("lsblk");

/** A LUN that grew is as large as the host that looked last believes. DRBD sees to its own; files are one file. */
export function sizeChecks(input: PreflightInput): readonly JudgedCheck[] {
  return input.disks.flatMap(({ row, config }): readonly JudgedCheck[] => {
    if (row.kind !== "multipath" && row.kind !== "block") return [];
    return [{ ...sizeCheck(input, { row, config }), vdev: config.vdev }];
  });
}

function sizeCheck(input: PreflightInput, { row, config: { vdev } }: Pick<JoinedDisk, "row" | "config">): JudgedCheck {
  const { here, there } = input;
  const [own, other] = [here, there].map((side) => deviceOf(side, row.object, row.target)?.size_bytes);
  if (own === undefined || other === undefined) return check("size", judged("warn", `${vdev}: its size on both hosts isn't known`), SIZES);
  if (own === other) return check("size", judged("pass", `${vdev} as large on both hosts`), SIZES);
  const text = `${vdev}: ${own} bytes on ${here.id}, ${other} on ${there.id}: rescan`;
  // What was written beyond its end isn't there.
  if (own < other) return check("size", judged("fail", text), SIZES);
  return check("size", judged("warn", text), SIZES, movesFrom(input) ? { ...judged("fail", text), from: SIZES } : undefined);
}
