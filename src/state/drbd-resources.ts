import type { DrbdResource, DrbdStatus } from "../xen/model/drbd.ts";
import { firstBy, perFacts } from "./select/memo.ts";

/** Resources by name, made once for all that look them up. */
export const resourcesByName = perFacts(
  ({ resources }: DrbdStatus): ReadonlyMap<string, DrbdResource> => firstBy(resources, ({ name }) => name),
);
