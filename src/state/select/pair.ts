/** The whole view of the pair, from its state and the time: the one function that calls every selector. Pure. */

import { diagnose } from "../diagnose/index.ts";
import type { PairState } from "../state.ts";
import type { PairView, Severity } from "../view-model.ts";
import { selectDrbd } from "./drbd.ts";
import { joinGuests } from "./guest-join.ts";
import { selectGuests } from "./guests.ts";
import { selectHardware } from "./hardware.ts";
import { selectHosts } from "./hosts.ts";
import { selectLose } from "./lose.ts";
import { selectNetwork } from "./network.ts";
import { worse } from "./severity.ts";
import { sidesOf } from "./sides.ts";
import { selectStorage } from "./storage.ts";

/** The worst of all that is shown: a row without a finding counts as well. */
function overall({ hosts, guests, drbd, storage, bridges, uplinks, lose, findings }: Omit<PairView, "severity">): Severity {
  const rows = [...hosts, ...guests, ...storage, ...uplinks, ...lose, ...findings].map(({ severity }) => severity);
  return [...rows, ...[...drbd, ...bridges].map(({ state }) => state.severity)].reduce(worse, "ok");
}

export function selectPair(state: PairState, now_ms: number): PairView {
  const sides = sidesOf(state, now_ms);
  const joined = joinGuests(sides);
  const drbd = selectDrbd(state, now_ms, sides, joined);
  const guests = selectGuests(state, now_ms, sides, joined, drbd);
  const joinedView = {
    name: state.name,
    now_ms,
    hosts: selectHosts(state, now_ms),
    guests,
    drbd,
    storage: selectStorage(state, now_ms, sides, joined),
    ...selectNetwork(state, now_ms, sides, joined),
    lose: selectLose(state, now_ms, sides, joined, guests),
    hardware_parity: selectHardware(state),
  };
  const findings = diagnose(state, joinedView, now_ms, [sides.both[0].net, sides.both[1].net]);
  const view = { ...joinedView, findings, timeline: state.timeline };
  return { ...view, severity: overall(view) };
}
