import type { Domain, DomainList } from "../../xen/model/xen.ts";
import { perPairOfFacts } from "../select/memo.ts";
import { type Change, pairUp } from "./change.ts";

/** What an operator would call the state; the flags r, b and none of them are all "running". */
export function domainWord({ state, migration }: Domain): { word: string; severity: Change["severity"] } {
  if (migration === "incoming") return { word: "being received", severity: "info" };
  if (migration === "migrated_away") return { word: "left behind by a migration", severity: "warning" };
  if (state.dying) return { word: "dying", severity: "warning" };
  if (state.shutdown && state.shutdown_reason === "crash") return { word: "crashed", severity: "critical" };
  if (state.shutdown && state.shutdown_reason === "watchdog") return { word: "stopped by its watchdog", severity: "critical" };
  if (state.shutdown && state.shutdown_reason === "suspend") return { word: "suspended", severity: "warning" };
  if (state.shutdown) return { word: `shut down (${state.shutdown_reason ?? "unknown"})`, severity: "warning" };
  if (state.paused) return { word: "paused", severity: "warning" };
  return { word: "running", severity: "ok" };
}

// A domain keeps its domid for life; the UUID keeps a guest apart from another that took its name.
const key = (domain: Domain): string => `${domain.domid}|${domain.uuid ?? domain.name}`;

export const domainChanges = perPairOfFacts((before: DomainList, after: DomainList): readonly Change[] => {
  const { came, went, both } = pairUp(before.domains, after.domains, key);
  return [
    ...went.map(({ name, domid }) => ({ object: name, text: `gone (was domid ${domid})`, severity: "info" as const })),
    ...came.map((domain) => ({
      object: domain.name,
      text: `there, ${domainWord(domain).word} (domid ${domain.domid})`,
      severity: domainWord(domain).severity,
    })),
    ...both.flatMap(({ before: old, after: now }) => {
      const changes: Change[] = [];
      if (old.name !== now.name) changes.push({ object: now.name, text: `renamed from ${old.name}`, severity: "info" });
      const was = domainWord(old);
      const is = domainWord(now);
      if (was.word !== is.word) changes.push({ object: now.name, text: `${is.word} (was ${was.word})`, severity: is.severity });
      if (old.vcpus !== now.vcpus && old.migration === "none")
        changes.push({ object: now.name, text: `VCPUs ${old.vcpus} -> ${now.vcpus}`, severity: "info" });
      if (old.memory_mib !== now.memory_mib && now.migration === "none" && old.migration === "none")
        changes.push({ object: now.name, text: `memory ${old.memory_mib} -> ${now.memory_mib} MiB`, severity: "info" });
      return changes;
    }),
  ];
});
