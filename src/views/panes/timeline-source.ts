/** Where an entry of the timeline came from: the command and the host. */
import type { TimelineEntry } from "../../state/state.ts";
import type { PairView } from "../../state/view-model.ts";
import { readings } from "../../xen/read/index.ts";

/** `xl list -v on alpha`; the connection itself where that is what changed. */
export function entrySource(view: PairView, entry: TimelineEntry): string {
  const { host, reading, event, rule } = entry;
  if (rule !== undefined) return `this console's judgement, rule ${rule}`;
  if (host === undefined) return "this console, from what both hosts told";
  if (event === true) return `drbdsetup events2 on ${host}`;
  if (reading === undefined) return `this console's connection to ${host}`;
  const source = view.hosts.flatMap((each) => each.readings).find((each) => each.reading === reading)?.source;
  return `${source ?? readings[reading].source} on ${host}`;
}
