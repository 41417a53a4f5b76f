/** What is said at the foot when a plan that this console drives has come to its end. Pure. */
import type { DeskState, OwnRun } from "../../state/plan/desk.ts";
import type { Outcome } from "../../state/plan/drive.ts";
import type { Tone } from "../pane.ts";

const tones: Readonly<Record<Outcome["result"], Tone>> = {
  done: "ok",
  failed: "warning",
  stopped: "info",
  refused: "warning",
  unknown: "unknown",
  held: "warning",
  lost: "warning",
};

const wordOf = (run: OwnRun): string => {
  const { result = "unknown", text = "" } = run.outcome ?? {};
  return result === "done" ? `Done: ${run.goal}` : `${result}: ${run.goal}: ${text}`;
};

/** Of runs that ended between the two. */
export function outcomesOf(before: DeskState, after: DeskState): readonly { readonly text: string; readonly tone: Tone }[] {
  if (before.runs === after.runs) return [];
  const open = new Set(before.runs.filter(({ state }) => state !== "over").map(({ id }) => id));
  return after.runs
    .filter((run) => run.state === "over" && open.has(run.id))
    .map((run) => ({ text: wordOf(run), tone: tones[run.outcome?.result ?? "unknown"] }));
}
