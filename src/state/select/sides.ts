/** Both hosts with what the guests' selectors look up in them, made once per view. */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import type { FactsOf, ReadingId } from "../../xen/read/index.ts";
import { freshValue, hostAnswers } from "../freshness.ts";
import type { HostState, PairState } from "../state.ts";
import type { Evidence } from "../view-model.ts";
import { evidenceOf, type HostNet, hostNet } from "./network-host.ts";

export interface Side {
  readonly id: HostId;
  readonly index: 0 | 1;
  readonly host: HostState | undefined;
  /** The host says that it lives. */
  readonly answers: boolean;
  readonly net: HostNet;
  readonly evidence: (reading: ReadingId) => Evidence;
  /** The newest value there is, however old. */
  readonly known: <Id extends ReadingId>(reading: Id) => FactsOf<Id> | undefined;
  /** Only what may be relied on now. */
  readonly fresh: <Id extends ReadingId>(reading: Id) => FactsOf<Id> | undefined;
}

export interface Sides {
  readonly state: PairState;
  readonly now_ms: number;
  readonly both: Pair<Side>;
}

function side(state: PairState, index: 0 | 1, now_ms: number): Side {
  const id = state.order[index];
  const host = state.hosts.get(id);
  const judged = new Map<ReadingId, Evidence>();
  return {
    id,
    index,
    host,
    answers: hostAnswers(host, now_ms),
    net: hostNet(state, id, now_ms),
    evidence: (reading) => {
      const old = judged.get(reading);
      if (old !== undefined) return old;
      const made = evidenceOf(state, id, reading, now_ms);
      judged.set(reading, made);
      return made;
    },
    known: <Id extends ReadingId>(reading: Id) => newest(host?.facts[reading]) as FactsOf<Id> | undefined,
    fresh: (reading) => freshValue(host, reading, now_ms),
  };
}

export const sidesOf = (state: PairState, now_ms: number): Sides => ({
  state,
  now_ms,
  both: [side(state, 0, now_ms), side(state, 1, now_ms)],
});

export const eachSide = <T>({ both }: Sides, make: (here: Side, there: Side) => T): Pair<T> => [
  make(both[0], both[1]),
  make(both[1], both[0]),
];

/** Addresses of a host's own: what is served from there is gone with it. */
export function ownsAddress({ net }: Side, address: string): boolean {
  return [...net.addresses.values()].flat().some((own) => own.scope === "global" && own.address === address);
}
