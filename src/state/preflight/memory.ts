/** Whether a guest's memory, with what Xen takes on top, is free on a host (2-domain, preflight 3). */
import type { GuestConfig } from "../../xen/model/xen.ts";
import { dom0Fixed, memoryNeededMib } from "../select/guest-memory.ts";
import type { Side } from "../select/sides.ts";
import { sizesOfMib } from "../sizes.ts";
import { check, type Fact, fileOn, liveConfig, movesFrom, onHere, startConfig } from "./check.ts";
import { type Judgement, judged } from "./judgement.ts";

/** config: what it would run with there. */
export function memoryJudged(config: GuestConfig | undefined, here: Side): Judgement {
  const xen = here.fresh("xl-info");
  if (xen?.free_memory_mib === undefined) return judged("unknown", `${here.id}: ${here.note("xl-info") ?? "free memory not known"}`);
  const needed_mib = config === undefined ? undefined : memoryNeededMib(config, xen);
  if (needed_mib === undefined) return judged("unknown", "how much memory it needs isn't known");
  const [needed, free] = sizesOfMib([needed_mib, xen.free_memory_mib]);
  const text = `needs ${needed}, ${free} free on ${here.id}`;
  const fixed = dom0Fixed(xen);
  if (needed_mib <= xen.free_memory_mib)
    return fixed === true ? judged("pass", text) : judged("warn", `${text}; dom0's memory isn't fixed there (dom0_mem), xl may shrink it`);
  return fixed === false && needed_mib <= (xen.total_memory_mib ?? 0)
    ? judged("unknown", `${text}; dom0 would have to give up memory`)
    : judged("fail", text);
}

export const memory: Fact = (input) => {
  const { here } = input;
  const start = memoryJudged(startConfig(input), here);
  const from = fileOn(input) === undefined ? onHere("xl-info") : onHere("xl-info", "xl-configs");
  if (!movesFrom(input)) return check("memory", start, from);
  // It takes along what it runs with, whatever the file says.
  const live = liveConfig(input);
  const move = live === undefined ? judged("unknown", "how much memory it has where it runs isn't known now") : memoryJudged(live, here);
  return check("memory", start, from, { ...move, from: { here: ["xl-info"], there: ["xl-list-long"] } });
};
