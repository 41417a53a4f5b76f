/** The whole view of the pair, from its state and the time: here every selector is called. Pure. */

import { diagnose } from "../diagnose/index.ts";
import { lasting } from "../diagnose/lasting.ts";
import type { PairState } from "../state.ts";
import type { LoseHost, PairView, Severity } from "../view-model.ts";
import { selectDrbd } from "./drbd.ts";
import { selectGuests } from "./guests.ts";
import { selectHardware } from "./hardware.ts";
import { selectHosts } from "./hosts.ts";
import { selectLose } from "./lose.ts";
import { selectNetwork } from "./network.ts";
import { netOf } from "./network-host.ts";
import { selectPlans } from "./plans.ts";
import { worse } from "./severity.ts";
import { type Sides, sidesOf, type Watched, watch } from "./sides.ts";
import { selectStorage } from "./storage.ts";

/** Redundancy that isn't there is a warning, as its finding says: nothing is down yet. */
const ofVerdict = ({ severity }: LoseHost): Severity => (severity === "critical" ? "warning" : severity);

/** The worst of all that is shown: a row without a finding counts as well. */
function overall({ hosts, guests, drbd, storage, bridges, uplinks, lose, findings }: Omit<PairView, "severity">): Severity {
  const rows = [...hosts, ...guests, ...storage, ...uplinks, ...findings].map(({ severity }) => severity);
  return [...rows, ...lose.map(ofVerdict), ...[...drbd, ...bridges].map(({ state }) => state.severity)].reduce(worse, "ok");
}

function viewOf(state: PairState, now_ms: number, sides: Sides): PairView {
  const guests = selectGuests(state, now_ms, sides);
  const joinedView = {
    name: state.name,
    now_ms,
    hosts: selectHosts(state, now_ms),
    guests,
    drbd: selectDrbd(state, now_ms, sides),
    storage: selectStorage(state, now_ms, sides),
    ...selectNetwork(state, now_ms, sides),
    lose: selectLose(state, now_ms, sides),
    plans: selectPlans(state, now_ms, guests),
    hardware_parity: selectHardware(state, now_ms, sides),
  };
  const found = diagnose(state, joinedView, now_ms, [netOf(sides.both[0]), netOf(sides.both[1])]);
  const findings = lasting(state, found, now_ms);
  const view = { ...joinedView, findings, timeline: state.timeline };
  return { ...view, severity: overall(view) };
}

/** All of it made anew. */
export const selectPair = (state: PairState, now_ms: number): PairView => viewOf(state, now_ms, sidesOf(state, now_ms));

/**
 * The same for one pair from view to view: what hasn't changed since the view before isn't made again, and rows that are the same are the very
 * same. What it gives depends on the state and the time alone.
 */
export function createSelectPair(): (state: PairState, now_ms: number) => PairView {
  let watched: Watched | undefined;
  let order: PairState["order"] | undefined;
  return (state, now_ms) => {
    if (watched === undefined || order?.[0] !== state.order[0] || order[1] !== state.order[1]) {
      watched = watch(state, now_ms);
      order = state.order;
    } else watched.look(state, now_ms);
    return viewOf(state, now_ms, watched.sides);
  };
}
