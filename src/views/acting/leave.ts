/** Leaving while this console drives plans: asks once, and says what becomes of them. Pure. */
import { isActive, type OwnRun } from "../../state/plan/desk.ts";
import type { CommandContext, Step } from "../actions.ts";
import { noOverlay } from "../ui.ts";

export const activeRuns = ({ act }: Pick<CommandContext, "act">): readonly OwnRun[] => act.desk.runs.filter(isActive);

/** Ends at once where nothing of it hangs on this console, or where it was asked already. */
export function leave(context: CommandContext): Step {
  const { ui } = context;
  const asked = ui.overlay.kind === "leave";
  if (asked || activeRuns(context).length === 0 || context.scene.main === undefined) return [ui, [{ kind: "quit" }]];
  return [{ ...ui, overlay: { kind: "leave" } }, []];
}

export function leaveKey(key: string, { ui }: CommandContext): Step {
  if (key === "y") return [ui, [{ kind: "quit" }]];
  if (key === "n" || key === "q" || key === "escape" || key === "enter") return [{ ...ui, overlay: noOverlay }, []];
  return [ui, []];
}
