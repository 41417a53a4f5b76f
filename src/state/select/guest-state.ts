/** What one domain's flags mean, in words and severity (2-domain, section 1 and signatures 1 to 10). */
import type { DomainState } from "../../xen/model/xen.ts";
import type { Judged } from "../view-model.ts";
import type { SeenDomain } from "./seen.ts";

/** A migration's last phase takes seconds; a source that stays suspended longer is stranded. */
export const SUSPENDED_MAX_MS = 60_000;
/** What is left at the source is destroyed within seconds of a success. */
export const LEFT_MAX_MS = 30_000;
export const DYING_MAX_MS = 30_000;
/** A single sample of p is noise (ganeti, hv_xen.py:287). */
export const PAUSED_MAX_MS = 15_000;

interface Flags extends Pick<SeenDomain, "migration" | "vcpus"> {
  readonly state: Pick<DomainState, "paused" | "shutdown" | "dying" | "shutdown_reason">;
}

/** Dying, also as `--ps--` with no VCPU left (recordings xlops). */
export const isDying = ({ state, vcpus }: Pick<Flags, "state" | "vcpus">): boolean =>
  state.dying || (state.paused && state.shutdown && vcpus === 0);

/** It executes, or would go on where it was paused: a second one like it is a second writer. */
export const isActive = (domain: Flags): boolean => domain.migration === "none" && !domain.state.shutdown && !isDying(domain);

/** Suspended, as a migration's source is while its last pages are sent. */
export const isSuspended = ({ state, migration }: Flags): boolean =>
  migration === "none" && state.shutdown && state.shutdown_reason === "suspend";

/** Whether it has been like this for longer than that, as far as this console saw. */
export type Longer = (limit_ms: number) => boolean;

/** since: undefined where it isn't known since when it has been like this. */
export function domainState(domain: Flags, since: Longer | undefined): Judged {
  const { state, migration } = domain;
  const longer: Longer = since ?? (() => false);
  if (migration === "incoming") return { text: "receiving", severity: "info" };
  if (migration === "migrated_away") return { text: "left behind", severity: longer(LEFT_MAX_MS) ? "warning" : "info" };
  if (isDying(domain)) return { text: "dying", severity: longer(DYING_MAX_MS) ? "warning" : "info" };
  if (state.shutdown) return shutdownState(domain, longer);
  if (state.paused) return { text: "paused", severity: since === undefined || longer(PAUSED_MAX_MS) ? "warning" : "info" };
  return { text: "running", severity: "ok" };
}

function shutdownState({ state }: Flags, longer: Longer): Judged {
  switch (state.shutdown_reason) {
    case "crash":
      return { text: "crashed", severity: "critical" };
    case "watchdog":
      return { text: "crashed (watchdog)", severity: "critical" };
    case "suspend":
      return { text: "suspended", severity: longer(SUSPENDED_MAX_MS) ? "critical" : "info" };
    case "reboot":
      return { text: "rebooting", severity: longer(DYING_MAX_MS) ? "warning" : "info" };
    case "soft_reset":
      return { text: "soft reset", severity: "warning" };
    case "poweroff":
      return { text: "shut down", severity: "warning" };
    case "unknown":
    case undefined:
      return { text: "shut down, reason unknown", severity: "warning" };
  }
}
