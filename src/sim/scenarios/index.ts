/** The table of scenarios: one file each, one line here. */
import { diskFull } from "./disk-full.ts";
import { drbd9 } from "./drbd9.ts";
import { frozenHost } from "./frozen-host.ts";
import { garbage } from "./garbage.ts";
import { guestTrouble } from "./guest-trouble.ts";
import { hostDead } from "./host-dead.ts";
import { hostDies } from "./host-dies.ts";
import { hostReturns } from "./host-returns.ts";
import { hungCommand } from "./hung-command.ts";
import { large } from "./large.ts";
import { linkDrop } from "./link-drop.ts";
import { maintenance } from "./maintenance.ts";
import { pair } from "./pair.ts";
import { pathFlap } from "./path-flap.ts";
import { replicationCut } from "./replication-cut.ts";
import { resyncStall } from "./resync-stall.ts";
import { san } from "./san.ts";
import type { Scenario } from "./scenario.ts";
import { splitBrain } from "./split-brain.ts";
import { stuckMigration } from "./stuck-migration.ts";
import { vlanMissing } from "./vlan-missing.ts";

export const scenarios: readonly Scenario[] = [
  pair,
  hostDead,
  hostDies,
  hostReturns,
  resyncStall,
  splitBrain,
  pathFlap,
  maintenance,
  vlanMissing,
  diskFull,
  stuckMigration,
  linkDrop,
  replicationCut,
  frozenHost,
  hungCommand,
  guestTrouble,
  san,
  drbd9,
  large,
  garbage,
];

export const DEFAULT_SCENARIO = pair.name;
export const findScenario = (name: string): Scenario | undefined => scenarios.find((scenario) => scenario.name === name);
