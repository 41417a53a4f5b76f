import { type Format, ok } from "./answer.ts";

const TAIL_LINES = 24;

/** Sorted as a shell's glob is. */
const sorted = <T>(map: ReadonlyMap<string, T>): [string, T][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

/** The reading's own script, on what a simulated host keeps of plans. */
export const xenha: Format = (_world, { plans, kept }) => {
  const lines = sorted(kept).map(([name, line]) => `kept/${name}:${line}`);
  for (const [key, line] of sorted(plans.leases)) lines.push(`leases/${key}:${line}`);
  for (const [plan, notes] of sorted(plans.journal))
    for (const [seq, line] of sorted(notes)) if (/^\d{6}$/.test(seq)) lines.push(`journal/${plan}/${seq}:${line}`);
  for (const [plan, notes] of sorted(plans.journal)) {
    const end = notes.get("end");
    if (end !== undefined) lines.push(`journal/${plan}/end:${end}`);
  }
  for (const [name, { state, rc, log }] of sorted(plans.jobs)) {
    if (plans.journal.get(name.split("/")[0] ?? "")?.has("end") === true && state !== "running") continue;
    lines.push(`jobs/${name}:${state} ${rc ?? "-"}`, ...log.slice(-TAIL_LINES).map((line) => `| ${line}`));
  }
  return ok(lines.map((line) => `${line}\n`).join(""));
};
