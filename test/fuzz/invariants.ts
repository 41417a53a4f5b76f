/** What must hold at every moment of every run, and of what plans leave behind; judged on the simulator's truth, not on what a console knows. */
import type { SimDomain } from "../../src/sim/model/guest.ts";
import type { World } from "../../src/sim/model/world.ts";

export type Invariant =
  | "never two running"
  | "intent before mutation"
  | "a step runs once"
  | "one plan at a time"
  | "no unplanned dual primary"
  | "done is true"
  | "refused changed nothing"
  | "no lease left"
  | "every plan ends";

export interface Violation {
  readonly invariant: Invariant;
  readonly at_ms: number;
  readonly text: string;
}

const isUp = ({ run }: SimDomain): boolean => run === "running" || run === "blocked" || run === "runnable";

/** How long a dual-primary may last beside a running move. */
const DUAL_GRACE_MS = 10_000;

export interface Watcher {
  readonly violations: Violation[];
  /** Called at every step of time. */
  look(): void;
  /** Commands that were run, in order. */
  readonly ran: { readonly host: 0 | 1; readonly argv: readonly string[] }[];
  add(invariant: Invariant, text: string): void;
}

export function watch(world: World): Watcher {
  const violations: Violation[] = [];
  const ran: Watcher["ran"] = [];
  const seen = new Set<string>();
  const dual_since = new Map<string, number>();
  const add = (invariant: Invariant, text: string): void => {
    const key = `${invariant} ${text}`;
    if (seen.has(key)) return;
    seen.add(key);
    violations.push({ invariant, text, at_ms: world.scheduler.now_ms });
  };
  const counts = new Map<string, number>();
  world.job_listeners.add(({ host, argv }) => {
    ran.push({ host, argv });
    const { plans } = world.hosts[host];
    // The job that just came up, and its plan's journal on this very host.
    const own = [...plans.jobs].find(([, job]) => job.argv === argv);
    const [plan = "", step = ""] = own?.[0].split("/") ?? [];
    // A host that lost its power has lost the plan; the other one has it.
    const notes = world.hosts.flatMap((each) => [...(each.plans.journal.get(plan)?.values() ?? [])]);
    const intents = notes.flatMap((line) => {
      const entry = JSON.parse(line) as { kind: string; step?: number; steps?: { id: string }[] };
      return entry.kind === "intent" ? [entry.step] : [];
    });
    const body = notes.map((line) => JSON.parse(line) as { kind: string; steps?: { id: string }[] }).find(({ kind }) => kind === "plan");
    const index = body?.steps?.findIndex(({ id }) => id === step) ?? -1;
    if (index < 0 || !intents.includes(index))
      add("intent before mutation", `${argv.join(" ")} on ${world.hosts[host].name} (${plan}/${step})`);
    // After a power cut there is nothing left of what ran before: what closes may have to run again.
    const key = `${plan} on ${world.hosts[host].name}, boot ${world.hosts[host].boot_id}: ${argv.join(" ")}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    if ((counts.get(key) ?? 0) > 1) add("a step runs once", key);
  });
  return {
    violations,
    ran,
    add,
    look: () => {
      // All plans of a story are about the same guest, or its disk.
      const busy = new Set(
        world.hosts.flatMap(({ plans }) =>
          [...plans.jobs].flatMap(([name, { state, hangs }]) =>
            state === "running" && hangs !== true ? [name.split("/")[0]?.split(".")[0]] : [],
          ),
        ),
      );
      if (busy.size > 1) add("one plan at a time", [...busy].join(" and "));
      const up = world.hosts.map((host) => host.domains.filter((domain) => domain.domid !== 0 && host.power === "on" && isUp(domain)));
      for (const domain of up[0] ?? [])
        if (up[1]?.some(({ uuid }) => uuid === domain.uuid)) add("never two running", domain.name ?? domain.uuid);
      for (const resource of world.drbd.values()) {
        const dual = resource.nodes.every(({ role }) => role === "Primary") && world.hosts.every(({ power }) => power === "on");
        // What a migration that was cut off has left holds the disk: a state that is told, and cleaned up by a plan of its own.
        const husk = world.hosts.some((host) => host.domains.some(({ name }) => name?.includes("--") === true));
        const moving = husk || world.migrations.some(({ phase }) => phase === "attached" || phase === "handover" || phase === "stuck");
        if (!dual || moving) dual_since.delete(resource.name);
        else if (!dual_since.has(resource.name)) dual_since.set(resource.name, world.scheduler.now_ms);
        const since_ms = dual_since.get(resource.name);
        if (since_ms !== undefined && world.scheduler.now_ms - since_ms > DUAL_GRACE_MS) add("no unplanned dual primary", resource.name);
      }
    },
  };
}
