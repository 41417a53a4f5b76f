/** Whether what the next console says of a plan is so in the world itself. */
import { isAlive } from "../../src/sim/model/host.ts";
import type { World } from "../../src/sim/model/world.ts";
import { accountOf, type StepAccount } from "../../src/state/plan/account.ts";
import type { Journal } from "../../src/state/plan/journals.ts";
import { hostId } from "../../src/xen/model/ids.ts";
import type { FuzzConsole } from "./console.ts";
import type { Watcher } from "./invariants.ts";

/** undefined: it is so. */
function wrongStep(
  world: World,
  ran: Watcher["ran"],
  journal: Journal,
  index: number,
  { state, text, title }: StepAccount,
): string | undefined {
  const step = journal.body?.steps[index];
  const runs = ran.filter((each) => each.plan === journal.id && (step === undefined || each.step === step.id));
  const jobs = world.hosts.flatMap(({ plans }) =>
    [...plans.jobs].filter(([name]) => step !== undefined && name === `${journal.id}/${step.id}`),
  );
  const alive = jobs.some(([, job]) => job.state === "running" || job.state === "made");
  const own = step !== undefined && step.sub === undefined && step.power === undefined;
  if (state === "not begun" && own && (runs.length > 0 || alive)) return `${title} is said not to be begun, and ran`;
  // It may have ended since it was read.
  if (state === "under way" && own && runs.length === 0) return `${title} is said to be under way, and no job of it is`;
  // A connected DRBD tells its peer of two primaries: the facts show it there as well, whoever was asked.
  const spreads = step?.argv.some((word) => word.startsWith("--allow-two-primaries=")) === true;
  if (state === "done" && own && runs.length === 0 && !spreads) return `${title} is said to be done (${text}), and never ran`;
  if (state === "stopped" && own && alive) return `${title} is said to have been stopped (${text}), and its job runs`;
  return undefined;
}

export function judgeAccounts(world: World, console: FuzzConsole, watcher: Pick<Watcher, "ran" | "add">): void {
  const state = console.state();
  const tellers = world.hosts.map((host) => {
    const known = state.hosts.get(hostId(host.name))?.facts.xenha;
    const told = known?.state === "known" && isAlive(host) && host.console_link;
    return { host: hostId(host.name), jobs: told ? known.value.jobs : undefined, booted_ms: host.booted_ms };
  });
  for (const journal of console.journals()) {
    const account = accountOf(journal, tellers);
    for (const [index, step] of account.steps.entries()) {
      const wrong = wrongStep(world, watcher.ran, journal, index, step);
      if (wrong !== undefined) watcher.add("the account is true", `${journal.id}: ${wrong}`);
    }
    const over = account.end !== undefined && account.end.result !== "unknown";
    if (!over && account.next === "") watcher.add("the account is true", `${journal.id} isn't over, and nothing is said of what to do`);
  }
}
