/** The action menu: what can be done to the row, or the marked rows, each behind its letter. Choosing shows a plan; nothing is done by it. Pure. */
import type { CommandContext, Step } from "../actions.ts";
import { noOverlay, withToast } from "../ui.ts";
import { beginAction } from "./form.ts";
import { type Offer, offersFor } from "./offers.ts";
import type { Subject } from "./subject.ts";

export interface Menu {
  /** Empty: the pair as a whole. */
  readonly subjects: readonly Subject[];
  readonly index: number;
}

function choose({ action, reason, explains }: Offer, menu: Menu, context: CommandContext): Step {
  const { ui } = context;
  // What can't even be planned has nothing to show but its reason.
  if (reason !== undefined && !explains) return [withToast({ ...ui, overlay: noOverlay }, `${action.title}: ${reason}.`, "warning"), []];
  return [beginAction(context, action, menu.subjects), []];
}

export function menuKey(menu: Menu, key: string, context: CommandContext): Step {
  const { ui, act } = context;
  const offers = offersFor(menu.subjects, act);
  const last = Math.max(0, offers.length - 1);
  const at = Math.min(menu.index, last);
  const to = (index: number): Step => [
    { ...ui, overlay: { kind: "menu", menu: { ...menu, index: Math.min(last, Math.max(0, index)) } } },
    [],
  ];
  if (key === "escape" || key === "q") return [{ ...ui, overlay: noOverlay }, []];
  if (key === "j" || key === "down" || key === "ctrl-n") return to(at + 1);
  if (key === "k" || key === "up" || key === "ctrl-p") return to(at - 1);
  if (key === "home") return to(0);
  if (key === "end") return to(last);
  const chosen = key === "enter" ? offers[at] : offers.find(({ action }) => action.letter === key);
  return chosen === undefined ? to(at) : choose(chosen, menu, context);
}
