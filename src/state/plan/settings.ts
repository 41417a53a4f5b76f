/** What the config file says that plans go by: who fences a host, which guests come first, over which network a host is migrated to. */
import type { HostId } from "../../xen/model/ids.ts";

/** How a host is switched off for certain. Its options and secrets stay with who runs the agent. */
export interface FenceSetting {
  /** `fence_ipmilan` */
  readonly agent: string;
  /** Where it runs: on this machine, or on the other host of the pair. */
  readonly from: "console" | "peer";
}

export interface PlanSettings {
  readonly fence: ReadonlyMap<HostId, FenceSetting>;
  /** Names or UUIDs of guests: what matters most first. Those not named come after. */
  readonly priority: readonly string[];
  /** The address by which the other host reaches it to migrate. */
  readonly migration: ReadonlyMap<HostId, string>;
}

export const noSettings: PlanSettings = { fence: new Map(), priority: [], migration: new Map() };
