/** The readings whose changes are told in the timeline: one function each, one line here. */
import type { FactsOf, ReadingId } from "../../xen/read/index.ts";
import type { DescribeChanges } from "./change.ts";
import { drbdChanges } from "./drbd.ts";
import { linkChanges } from "./network.ts";
import { fcChanges, iscsiChanges, multipathChanges, nbdChanges, nfsChanges } from "./storage.ts";
import { domainChanges } from "./xen.ts";

export const describers: { readonly [Id in ReadingId]?: DescribeChanges<FactsOf<Id>> } = {
  "xl-list": domainChanges,
  "drbd-status": drbdChanges,
  multipath: multipathChanges,
  iscsi: iscsiChanges,
  fc: fcChanges,
  nbd: nbdChanges,
  nfs: nfsChanges,
  "ip-link": linkChanges,
};
