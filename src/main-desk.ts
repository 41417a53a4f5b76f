/** The screen's desk: what drives the plans that are confirmed on it, with the operator's own record. Part of the composition root. */
import { homedir } from "node:os";
import { join } from "node:path";
import { driverName, isGone, planId } from "./cli/console-name.ts";
import type { OpenPair } from "./cli/headless.ts";
import { createModeRecord, createRecall, createRecord, makeStateDir, operatorName, stateDir } from "./cli/operator-record.ts";
import { startMode } from "./cli/read-only.ts";
import type { Chosen } from "./main-pair.ts";
import { createDesk, type Desk, type DeskState } from "./state/plan/desk.ts";
import type { Mode } from "./state/plan/mode.ts";
import { createOperator } from "./state/plan/operator.ts";
import type { Clock } from "./state/runtime.ts";
import { journalsIn } from "./state/select/plans.ts";
import type { PairState } from "./state/state.ts";
import type { PairView } from "./state/view-model.ts";
import type { HostLink } from "./xen/host/link.ts";
import type { HostId, Pair } from "./xen/model/ids.ts";

/** Where this console may write what it does, and whether it may do anything. */
export interface DeskStart {
  readonly dir: string;
  readonly mode: Mode;
}

/** A drill's record lies beside the real one: the audit of an incident has no drill in it. */
export function startOf({ config, settings, target }: Chosen, read_only: boolean): DeskStart {
  const own = stateDir(process.env, homedir());
  const dir = target.kind === "demo" ? join(own, "demo") : own;
  return { dir, mode: startMode({ asked: read_only, pair: settings, ui: config.ui, unrecorded: makeStateDir(dir) }) };
}

export interface Surroundings {
  readonly links: Pair<{ readonly host: HostId; readonly link: HostLink }>;
  readonly clock: Clock;
  readonly state: () => PairState;
  readonly select: (state: PairState, now_ms: number) => PairView;
  /** What the config file says beside the hosts. */
  readonly power: Pick<OpenPair, "settings" | "fence">;
  readonly publish: (desk: DeskState) => void;
}

export function openDesk({ dir, mode }: DeskStart, { links, clock, state, select, power, publish }: Surroundings): Desk {
  const by = operatorName(process.env);
  const { settings, fence } = power;
  const said = settings === undefined ? {} : { settings };
  const own = { record: createRecord(dir), recall: createRecall(dir), ...said, ...(fence === undefined ? {} : { fence }) };
  return createDesk({
    operator: createOperator({ links, clock, state, select, ...own }),
    ...said,
    clock,
    mode,
    by,
    newId: planId,
    newDriver: driverName,
    hosts: links.map(({ host }) => host),
    journal: (plan) => journalsIn(state()).find(({ id }) => id === plan),
    recordMode: createModeRecord(dir, by),
    isGone,
    publish,
  });
}

/** Who drives plans that aren't over: looked after with every view. */
export const driversOf = ({ plans }: PairView): readonly { readonly name: string; readonly operator: string }[] =>
  plans.flatMap(({ state, driver: { name, operator } }) => (state === "over" || name === undefined ? [] : [{ name, operator }]));
