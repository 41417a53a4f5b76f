/** What a step's own output means, in words for whoever waits for it: how far it is, and where it failed, what is safe next. */
import { type MigrationFailure, parseMigrationFailure } from "../../xen/read/xl-migrate-failure.ts";
import { notConverging, parseMigrateLog } from "../../xen/read/xl-migrate-log.ts";
import { phaseWords } from "../select/plan-progress.ts";
import type { PlanStep } from "./plan.ts";

const isMigration = ({ argv }: Pick<PlanStep, "argv">): boolean => argv[0] === "xl" && argv.includes("migrate");

function migrationText(tail: readonly string[]): string {
  const log = parseMigrateLog(tail);
  const { phase, iteration, percent } = log;
  const round =
    phase === "copying" && iteration !== undefined ? `, round ${iteration + 1}${percent === undefined ? "" : ` ${percent} %`}` : "";
  const no_return = phase === "starting" || phase === "cleaning" ? ": no way back" : "";
  const slow = phase === "copying" ? notConverging(log) : undefined;
  return `${phaseWords[phase]}${round}${no_return}${slow === undefined ? "" : `; ${slow}`}`;
}

/** For a running step. */
export function progressOf(step: Pick<PlanStep, "argv">, tail: readonly string[]): string {
  return isMigration(step) ? migrationText(tail) : (tail.at(-1) ?? "started");
}

const next: Readonly<Record<MigrationFailure, string>> = {
  not_reached: "nothing was touched: let ssh from the source to the target pass, then plan it again",
  not_begun: "nothing was touched",
  // xl resumes it whether it stood still or not: then "xc_domain_resume failed: Invalid argument" is all that it says of a guest that runs on.
  broken_off: "the guest goes on where it was; what the target lacked has to be there before it is tried again",
  not_suspended: "the guest didn't stand still in time, and xl doesn't resume it: guest resolve looks at both sides",
  target_refused: "the target gave it back and the guest goes on where it was",
  handshake_lost: "either side may have it: start nothing by hand, guest resolve looks at both sides",
};

/** Where a step that is over failed and what is safe next; undefined: its output says nothing that is understood. */
export function failureOf(
  step: Pick<PlanStep, "argv">,
  tail: readonly string[],
): { readonly why: string; readonly next: string } | undefined {
  if (!isMigration(step)) return undefined;
  const { reached, failure, cause } = parseMigrationFailure(tail);
  if (failure === undefined)
    return reached === "done"
      ? undefined
      : { why: `it ended while ${phaseWords[reached]}`, next: "guest resolve looks at both sides; start nothing by hand" };
  return { why: cause ?? `it failed while ${phaseWords[reached]}`, next: next[failure] };
}
