/** How far a live migration is, of what xl prints and of the memory that has arrived at the target: xl itself mostly says nothing of pages. */
import { type MigrateLog, notConverging, parseMigrateLog } from "../../xen/read/xl-migrate-log.ts";
import type { PlanStep } from "../plan/plan.ts";
import type { GuestRow, MoveProgress } from "../view-model.ts";

const isMove = ({ argv }: PlanStep): boolean => argv[0] === "xl" && argv.includes("migrate");

/** Past it a lost end can leave the guest on neither side or, by hand, on both. */
const afterReturn: ReadonlySet<MigrateLog["phase"]> = new Set(["starting", "cleaning", "done"]);

/** For the lines of a command without a screen too. */
export const phaseWords: Readonly<Record<MigrateLog["phase"], string>> = {
  connecting: "connecting",
  copying: "copying memory",
  stopped: "standing still: disks and nets go over",
  handover: "handing over",
  starting: "starting there",
  cleaning: "runs there; cleaning up here",
  done: "done, says xl",
  failed: "failed, says xl",
};

/** undefined: the step is no migration. */
export function moveProgress(step: PlanStep, tail: readonly string[], guests: readonly GuestRow[]): MoveProgress | undefined {
  if (!isMove(step)) return undefined;
  const log = parseMigrateLog(tail);
  const arrival = step.after.find((expected) => expected.kind === "guest_runs");
  const guest = arrival?.kind === "guest_runs" ? guests.find(({ uuid }) => uuid === arrival.uuid) : undefined;
  const incoming = guest?.placements.find(({ migration, host }) => migration === "incoming" && host === arrival?.host);
  const copying = log.phase === "connecting" || log.phase === "copying";
  const arrived =
    incoming?.memory_mib === undefined || guest?.memory_mib === undefined || guest.memory_mib === 0
      ? undefined
      : Math.min(100, Math.floor((100 * incoming.memory_mib) / guest.memory_mib));
  return {
    phase: phaseWords[log.phase === "connecting" && incoming !== undefined ? "copying" : log.phase],
    no_return: afterReturn.has(log.phase),
    failed: log.phase === "failed",
    iteration: copying ? log.iteration : undefined,
    percent: copying ? (log.percent ?? arrived) : undefined,
    warning: copying ? notConverging(log) : undefined,
  };
}
