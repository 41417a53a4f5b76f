/** How an expectation is answered, and the facts that may be used for it. */
import type { HostId } from "../../xen/model/ids.ts";
import type { Known } from "../../xen/model/known.ts";
import type { FactsOf, ReadingId } from "../../xen/read/index.ts";
import type { PairState } from "../state.ts";

export interface Verdict {
  readonly result: "yes" | "no" | "unknown";
  /** What was found, in one phrase. */
  readonly text: string;
}

export const yes = (text: string): Verdict => ({ result: "yes", text });
export const no = (text: string): Verdict => ({ result: "no", text });
export const unsure = (text: string): Verdict => ({ result: "unknown", text });

/** The facts of a reading that began no earlier than since_ms (console clock); or why there are none. */
export function told<Id extends ReadingId>(state: PairState, host: HostId, id: Id, since_ms: number): FactsOf<Id> | Verdict {
  const known = state.hosts.get(host)?.facts[id] as Known<FactsOf<Id>> | undefined;
  if (known === undefined || known.state === "unknown") return unsure(`${host}: not read yet`);
  if (known.state === "failed") return unsure(`${host}: ${known.error}`);
  if (known.state === "absent") return unsure(`${host}: ${known.why}`);
  if (known.asked_ms === undefined || known.asked_ms < since_ms) return unsure(`${host}: not read since`);
  return known.value;
}
export const isVerdict = (value: unknown): value is Verdict =>
  typeof value === "object" && value !== null && "result" in value && "text" in value;

/** The same, where a host that freshly says it doesn't have it at all has told as much as one that lists nothing. */
export function toldOr<Id extends ReadingId>(
  state: PairState,
  host: HostId,
  id: Id,
  since_ms: number,
  none: FactsOf<Id>,
): FactsOf<Id> | Verdict {
  const known = state.hosts.get(host)?.facts[id];
  return known?.state === "absent" && known.at_ms >= since_ms ? none : told(state, host, id, since_ms);
}
