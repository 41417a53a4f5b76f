/** The table of runbooks, and which one belongs to a finding. */
import type { Finding } from "../view-model.ts";
import { hostDies, hostReturns, maintenance, ownLink } from "./hosts.ts";
import { replicationCut, resyncStalls, splitBrain } from "./mirrors.ts";
import type { Runbook } from "./runbook.ts";
import { diskFills, migrationSticks, networkMissing, pathFlaps } from "./storage-network.ts";

/** In the order of the ten incidents. */
export const runbooks: readonly Runbook[] = [
  hostDies,
  hostReturns,
  resyncStalls,
  splitBrain,
  pathFlaps,
  maintenance,
  networkMissing,
  diskFills,
  migrationSticks,
  ownLink,
  replicationCut,
];

export const runbookNamed = (id: string): Runbook | undefined => runbooks.find((runbook) => runbook.id === id);

type Pick = string | ((finding: { readonly severity: Finding["severity"] }) => string);

/** Rules whose finding is one of the incidents, or its beginning. */
const ofRule: Readonly<Record<string, Pick>> = {
  // A host that is alive is only a warning: then the link is one's own.
  "host.unreachable": ({ severity }) => (severity === "critical" ? "host-dies" : "own-link"),
  "host.both_lost": "own-link",
  "host.returned": "host-returns",
  "guest.perhaps_doubled": "host-returns",
  "guest.down": "host-returns",
  "drbd.split_brain": "split-brain",
  "drbd.diverging": "split-brain",
  "drbd.standalone": "replication-cut",
  "drbd.connecting": "replication-cut",
  "drbd.flapping": "replication-cut",
  "drbd.syncing": "resync-stalls",
  "drbd.stalled": "resync-stalls",
  "drbd.paused_sync": "resync-stalls",
  "drbd.inconsistent": "resync-stalls",
  "drbd.outdated": "replication-cut",
  "net.parity": "network-missing",
  "net.bridge_down": "network-missing",
  "storage.path": "path-flaps",
  "storage.path_flapping": "path-flaps",
  "storage.no_paths": "path-flaps",
  "storage.iscsi": "path-flaps",
  "storage.fc": "path-flaps",
  "storage.fill": "disk-fills",
  "guest.incoming": "migration-sticks",
  "guest.migrated_away": "migration-sticks",
  "guest.suspended": "migration-sticks",
};
export const rulesWithRunbook: readonly string[] = Object.keys(ofRule);

export function runbookFor(finding: { readonly rule: string; readonly severity: Finding["severity"] }): string | undefined {
  const pick = Object.hasOwn(ofRule, finding.rule) ? ofRule[finding.rule] : undefined;
  return typeof pick === "function" ? pick(finding) : pick;
}
