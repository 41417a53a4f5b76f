/** `status` and `check`: collect, judge, print. No screen, no terminal needed, never longer than the timeout. */
import type { Fence } from "../state/plan/operator.ts";
import type { PlanSettings } from "../state/plan/settings.ts";
import type { Clock } from "../state/runtime.ts";
import type { PairState } from "../state/state.ts";
import { initialState, update } from "../state/update.ts";
import type { PairView } from "../state/view-model.ts";
import type { HostLink } from "../xen/host/link.ts";
import { hostId, type Pair } from "../xen/model/ids.ts";
import { checkResult } from "./check.ts";
import { collect, settled } from "./collect.ts";
import type { CheckConfig } from "./config.ts";
import { exitCodes } from "./exit-codes.ts";
import { type Collected, missingReadings, statusJson } from "./status-json.ts";
import { statusText } from "./status-text.ts";
import type { Style } from "./table.ts";

/** A pair that can be listened to, real or simulated. */
export interface OpenPair {
  readonly name: string;
  readonly hosts: Pair<string>;
  readonly links: Pair<HostLink>;
  readonly simulated: boolean;
  /** Absent: nothing is configured. */
  readonly settings?: PlanSettings;
  readonly fence?: Fence;
}

export interface HeadlessRequest {
  readonly pair: OpenPair;
  readonly clock: Clock;
  /** By the clock: when the command was given. The timeout counts from here. */
  readonly started_ms: number;
  readonly timeout_s: number;
  readonly select: (state: PairState, now_ms: number) => PairView;
  readonly version: string;
}

export interface Printed {
  /** For standard output. */
  readonly text: string;
  /** For standard error. */
  readonly err?: string;
  readonly code: number;
}

export async function runStatus(request: HeadlessRequest, { json, style }: { json: boolean; style: Style }): Promise<Printed> {
  const collected = await gather(request);
  const text = json ? `${JSON.stringify(statusJson(collected), undefined, 2)}\n` : statusText(collected, style);
  const complete = missingReadings(collected.view).length === 0;
  return { text, code: (complete ? exitCodes.ok : exitCodes.incomplete).code };
}

export async function runCheck(request: HeadlessRequest, config: CheckConfig): Promise<Printed> {
  const { line, code } = checkResult(await gather(request), config);
  return { text: `${line}\n`, code };
}

export async function gather({ pair, clock, started_ms, timeout_s, select, version }: HeadlessRequest): Promise<Collected> {
  const hosts: Pair<ReturnType<typeof hostId>> = [hostId(pair.hosts[0]), hostId(pair.hosts[1])];
  const state = await collect({
    initial: initialState({ name: pair.name, hosts, now_ms: started_ms, priority: pair.settings?.priority }),
    update,
    links: [
      { host: hosts[0], link: pair.links[0] },
      { host: hosts[1], link: pair.links[1] },
    ],
    clock,
    deadline_ms: started_ms + timeout_s * 1000,
    until: settled,
  });
  const now_ms = clock.now_ms();
  return { view: select(state, now_ms), simulated: pair.simulated, took_ms: now_ms - started_ms, timeout_s, version };
}
