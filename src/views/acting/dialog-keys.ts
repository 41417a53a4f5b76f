/** Keys in a plan's dialog. Pure. */
import { isRefusal } from "../../state/plan/plan.ts";
import { planShell } from "../../state/plan/shell.ts";
import type { CommandContext, Step } from "../actions.ts";
import { noOverlay, type Ui, withToast } from "../ui.ts";
import { type Asking, confirmKey } from "./confirm.ts";
import { again, type Dialog, type JudgedDialog, judgeDialog } from "./dialog.ts";
import { optionsForm } from "./form.ts";

/** What of it the frame shows at once; given by who draws it. */
export type Measure = (dialog: Dialog, context: CommandContext) => { readonly lines: number; readonly page: number };

export function dialogKey(dialog: Dialog, key: string, context: CommandContext, measure: Measure): Step {
  const { ui, act } = context;
  const judged = judgeDialog(dialog, act);
  const asking: Asking = {
    ...measure(dialog, context),
    word: judged.confirm.kind === "typed" ? judged.confirm.word : undefined,
    possible: judged.possible,
    ready: judged.ready,
  };
  const shown = (next: Dialog): Step => [{ ...ui, overlay: { kind: "plan", dialog: next } }, []];
  const closed: Ui = { ...ui, overlay: noOverlay };
  const answer = confirmKey(dialog.confirming, key, asking);
  switch (answer.kind) {
    case "cancel":
      return [withToast(closed, "Nothing was done.", "dim"), []];
    case "confirm":
      return [
        closed,
        [{ kind: "run", plans: dialog.parts.flatMap(({ shown: plan }) => (isRefusal(plan) ? [] : [plan])), reason: answer.reason }],
      ];
    case "open": {
      const next = { ...dialog, confirming: answer.confirming };
      if (answer.unused !== true) return shown(next);
      return ownKey(next, key, context, judged) ?? shown(next);
    }
  }
}

function ownKey(dialog: Dialog, key: string, { ui, act }: CommandContext, { cannot, parts }: JudgedDialog): Step | undefined {
  const shown = (next: Dialog): Step => [{ ...ui, overlay: { kind: "plan", dialog: next } }, []];
  const say = (text: string): Step => shown({ ...dialog, confirming: { ...dialog.confirming, note: { text, tone: "info" } } });
  if (key === "r") return shown(again(dialog, act));
  if (key === "l" && cannot.length > 0 && cannot.length < parts.length) {
    const left = parts.filter((part) => !cannot.includes(part)).map(({ part }) => part);
    return shown(again(dialog, act, left));
  }
  if (key === "o") {
    const form = optionsForm(dialog);
    return form === undefined ? say("There is nothing to choose in it.") : [{ ...ui, overlay: { kind: "form", form } }, []];
  }
  if (key === "c") {
    const text = dialog.parts.flatMap(({ shown: plan }) => (isRefusal(plan) ? [] : [planShell(plan)])).join("");
    const [next] = say("Sent its commands to the terminal's clipboard, for a shell.");
    return [next, [{ kind: "copy", text }]];
  }
  return undefined;
}
