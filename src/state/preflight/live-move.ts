/** Could the guest be moved there, live, as far as all of its facts say: what a plan to move it would say now. */
import type { Readiness } from "../view-model.ts";
import { byResult } from "./judgement.ts";

export interface LiveMove {
  readonly answer: "yes" | "no" | "unknown";
  /** What stands against it first; undefined: nothing does. */
  readonly reason: string | undefined;
}

/** undefined: no question, it doesn't run on the other host. */
export function liveMove({ checks }: Pick<Readiness, "checks">): LiveMove | undefined {
  if (checks.every(({ move }) => move === undefined)) return undefined;
  const [worst] = checks.map(({ move, ...told }) => move ?? told).sort(byResult);
  if (worst === undefined || worst.result === "pass" || worst.result === "warn") return { answer: "yes", reason: undefined };
  return { answer: worst.result === "fail" ? "no" : "unknown", reason: worst.text };
}
