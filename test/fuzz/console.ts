/** A console without a screen on the simulated pair: links, facts, and an operator that acts. */

import { BMC_PASSWORD, bmcName, fenceAgent } from "../../src/sim/fence.ts";
import type { World } from "../../src/sim/model/world.ts";
import { createMemoryLink } from "../../src/sim/probe/memory-link.ts";
import type { DrivePorts, Outcome } from "../../src/state/plan/drive.ts";
import type { Line } from "../../src/state/plan/journal.ts";
import { type Journal, journalOf, journalsOf } from "../../src/state/plan/journals.ts";
import { createOperator, type Operator } from "../../src/state/plan/operator.ts";
import { isRefusal, type Plan, type PlanRequest } from "../../src/state/plan/plan.ts";
import type { Clock } from "../../src/state/runtime.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import type { PairState } from "../../src/state/state.ts";
import { initialState, update } from "../../src/state/update.ts";
import type { PairView } from "../../src/state/view-model.ts";
import type { HostLink } from "../../src/xen/host/link.ts";
import { hostId } from "../../src/xen/model/ids.ts";

/** What plans of guests and DRBD go by. */
const READINGS = [
  "xl-list",
  "xl-info",
  "xl-list-long",
  "ip-addr",
  "kernel-log",
  "drbd-status",
  "drbd-proc",
  "drbd-show",
  "xl-configs",
  "ip-link",
  "bridge-link",
  "bridge-vlan",
  "host",
  "xenstore",
  "xenha",
  "lsblk",
  "lvm",
  "xen-auto",
  "drbd-gi",
  "xl-list-long",
];

/** Where there are such things. */
const SAN_READINGS = ["multipath", "iscsi", "nfs", "bridge-fdb", "bond"];

export interface FuzzConsole {
  readonly name: string;
  readonly operator: Operator;
  state(): PairState;
  /** What its screen shows. */
  view(): PairView;
  /** kill -9. */
  kill(): void;
  /** Its machine is suspended for so long: nothing is heard or done meanwhile, everything at once when it wakes. */
  sleep(ms: number): void;
  readonly killed: () => boolean;
  /** It lives and isn't suspended. */
  awake(): boolean;
  journals(): readonly Journal[];
  /** Plans that its machine knows no end of. */
  unfinished(): readonly Journal[];
  /** Whether its machine has written down that this step is to be begun. */
  intends(plan: string, step: string): boolean;
  plan(request: PlanRequest): Plan | string;
}

/** What each operator's machine has written down, by world; it outlives the console. */
const machines = new WeakMap<World, Map<string, Map<string, Line[]>>>();

/** A console of that machine. */
export function openConsole(
  world: World,
  name: string,
  wrap: (ports: DrivePorts) => DrivePorts = (ports) => ports,
  machine = name,
): FuzzConsole {
  const kept = machines.get(world) ?? new Map<string, Map<string, Line[]>>();
  machines.set(world, kept);
  const records = kept.get(machine) ?? new Map<string, Line[]>();
  kept.set(machine, records);
  let killed = false;
  let asleep_until_ms = 0;
  /** As soon as it is awake. */
  const awake = (task: () => void): void => {
    if (killed) return;
    const left_ms = asleep_until_ms - world.scheduler.now_ms;
    if (left_ms > 0) world.scheduler.after(left_ms, () => awake(task));
    else task();
  };
  const hosts = [hostId(world.hosts[0].name), hostId(world.hosts[1].name)] as const;
  const clock: Clock = {
    now_ms: () => world.scheduler.now_ms,
    after: (delay, callback) => world.scheduler.after(delay, () => awake(callback)),
  };
  let state = initialState({ name: "fuzz", hosts, now_ms: clock.now_ms() });
  const links = world.hosts.map((host) =>
    createMemoryLink(world, host, host.storage.has_iscsi ? [...READINGS, ...SAN_READINGS] : READINGS),
  ) as [HostLink, HostLink];
  for (const [at, link] of links.entries()) {
    const host = hosts[at === 0 ? 0 : 1];
    link.start((event) =>
      awake(() => {
        const at_ms = clock.now_ms();
        state = update(
          state,
          event.kind === "state"
            ? { kind: "link.changed", host, link: event.link, at_ms }
            : { kind: "probe.told", host, frame: event.frame, at_ms },
        );
      }),
    );
  }
  const select = createSelectPair();
  const operator = createOperator({
    links: [
      { host: hosts[0], link: links[0] },
      { host: hosts[1], link: links[1] },
    ],
    clock,
    state: () => state,
    select,
    record: async ({ id }, _entry, _plan, line) => {
      if (killed) return false;
      records.set(id, [...(records.get(id) ?? []), line]);
      return true;
    },
    recall: async (id) => records.get(id) ?? [],
    settings: {
      fence: new Map(hosts.map((host) => [host, { agent: "fence_ipmilan", from: "console" }] as const)),
      priority: [],
      migration: new Map(),
    },
    fence: (host, action) =>
      new Promise((resolve) => {
        const lines = `action=${action}\nip=${bmcName(world, host === hosts[0] ? 0 : 1)}\npassword=${BMC_PASSWORD}\n`;
        fenceAgent(world, lines, ({ code, stdout, stderr }) =>
          awake(() => resolve({ code, stdout, said: stderr.trim() || stdout.trim() })),
        );
      }),
    remember: async (id, lines) => {
      if (killed) return false;
      records.set(id, [...(records.get(id) ?? []), ...lines]);
      return true;
    },
    wrap,
  });
  const told = () =>
    hosts.flatMap((host) => {
      const known = state.hosts.get(host)?.facts.xenha;
      return known?.state === "known" ? [{ host, facts: known.value }] : [];
    });
  return {
    name,
    operator,
    state: () => state,
    view: () => select(state, clock.now_ms()),
    kill: () => {
      killed = true;
      for (const link of links) link.stop();
    },
    sleep: (ms) => {
      asleep_until_ms = world.scheduler.now_ms + ms;
    },
    killed: () => killed,
    awake: () => !killed && world.scheduler.now_ms >= asleep_until_ms,
    unfinished: () =>
      [...records].map(([id, lines]) => journalOf(id, [{ host: hostId("this machine"), lines }])).filter(({ end }) => end === undefined),
    intends: (plan, step) => {
      const { body, entries } = journalOf(plan, [{ host: hostId("this machine"), lines: records.get(plan) ?? [] }]);
      return entries.some(
        (entry) => (entry.kind === "intent" && body?.steps[entry.step]?.id === step) || (entry.kind === "guard" && entry.guard === step),
      );
    },
    journals: () => journalsOf(told()),
    plan: (request) => {
      const made = operator.plan(request);
      return isRefusal(made) ? made.refused : made;
    },
  };
}

export type Ended = Outcome | "killed";
