/** Keys while something lies over the panes or is being typed. Pure. */
import { confirmPaste } from "./acting/confirm.ts";
import { dialogKey } from "./acting/dialog-keys.ts";
import { formKey, formPaste } from "./acting/form.ts";
import { leaveKey } from "./acting/leave.ts";
import { menuKey } from "./acting/menu.ts";
import { takeOverKey } from "./acting/takeover.ts";
import type { CommandContext, Step } from "./actions.ts";
import { type Command, commandOf } from "./commands.ts";
import { paletteEntries, runEntry } from "./palette.ts";
import { noOverlay, type Overlay, placeOf, type Ui, withPlace } from "./ui.ts";
import { helpPage, helpRows } from "./widgets/help.ts";
import { measureDialog } from "./widgets/plan-box.ts";
import { measureTakeOver } from "./widgets/takeover-box.ts";
import { editText, pasteText } from "./widgets/text-input.ts";

const only = (ui: Ui): Step => [ui, []];
const closed = (ui: Ui): Ui => ({ ...ui, overlay: noOverlay });

type Kind<K extends Overlay["kind"]> = Extract<Overlay, { kind: K }>;

/** Commands that work from within the help: they close it. */
function helpKey(overlay: Kind<"help">, key: string, context: CommandContext, commands: readonly Command[]): Step {
  const { ui } = context;
  const page = helpPage(ui);
  const top_max = Math.max(0, helpRows(commands, context, ui.columns).length - page);
  const to = (top: number): Step => only({ ...ui, overlay: { kind: "help", top: Math.min(Math.max(0, top), top_max) } });
  const top = Math.min(overlay.top, top_max);
  switch (commandOf(commands, key, context)?.id) {
    case "move.down":
      return to(top + 1);
    case "move.up":
      return to(top - 1);
    case "move.half_down":
      return to(top + Math.ceil(page / 2));
    case "move.half_up":
      return to(top - Math.ceil(page / 2));
    case "move.page_down":
    case "mark":
      return to(top + page);
    case "move.page_up":
      return to(top - page);
    case "move.first":
      return to(0);
    case "move.last":
      return to(top_max);
    case "back":
    case "help":
    case "quit":
    case "detail.open":
      return only(closed(ui));
    default:
      return only(ui);
  }
}

function paletteKey(overlay: Kind<"palette">, key: string, context: CommandContext, commands: readonly Command[]): Step {
  const { ui } = context;
  const entries = paletteEntries(overlay.text, commands, context);
  const last = Math.max(0, entries.length - 1);
  const index = Math.min(overlay.index, last);
  const to = (next: number): Step => only({ ...ui, overlay: { ...overlay, index: Math.min(Math.max(0, next), last) } });
  if (key === "escape") return only(closed(ui));
  if (key === "down" || key === "ctrl-n" || key === "tab") return to(index + 1);
  if (key === "up" || key === "ctrl-p" || key === "shift-tab") return to(index - 1);
  if (key === "enter") {
    const entry = entries[index];
    return entry === undefined ? only(closed(ui)) : runEntry(entry, context);
  }
  if (key === "backspace" && overlay.text === "") return only(closed(ui));
  const text = editText(overlay.text, key);
  return only(text === undefined ? ui : { ...ui, overlay: { kind: "palette", text, index: 0 } });
}

const filtered = (ui: Ui, place: string, filter: string): Ui => withPlace(ui, place, { filter, top: 0, follow: true });

function filterKey(overlay: Kind<"filter">, key: string, context: CommandContext, commands: readonly Command[]): Step {
  const { ui } = context;
  const { filter } = placeOf(ui, overlay.place);
  if (key === "enter") return only(closed(ui));
  if (key === "escape" || (key === "backspace" && filter === "")) return only(closed(filtered(ui, overlay.place, "")));
  // The cursor moves in the rows that are left, by the keys that type nothing.
  if (key === "up" || key === "down") return commandOf(commands, key, context)?.run(context) ?? only(ui);
  const text = editText(filter, key);
  return only(text === undefined ? ui : filtered(ui, overlay.place, text));
}

function promptKey(overlay: Kind<"prompt">, key: string, { ui }: CommandContext): Step {
  const { asked, text } = overlay;
  if (key === "escape") return [closed(ui), [{ kind: "answer", id: asked.id, answer: undefined }]];
  // A stray enter answers nothing: the question came up while something else was being done.
  if (key === "enter" && text === "" && !takesNothing(asked.prompt)) return only(ui);
  if (key === "enter") return [closed(ui), [{ kind: "answer", id: asked.id, answer: answerOf(overlay) }]];
  const next = editText(text, key);
  return only(next === undefined ? ui : { ...ui, overlay: { ...overlay, text: next } });
}

/** `Press enter to go on`: a server may want just that. No password and no passphrase is empty. */
const takesNothing = (prompt: Kind<"prompt">["asked"]["prompt"]): boolean =>
  prompt.kind === "secret" && prompt.from_server === true && prompt.echo;

/** A host key is only accepted by the whole word, so that no stray key ever trusts one. */
export const answerOf = ({ asked, text }: Kind<"prompt">): string | undefined =>
  asked.prompt.kind === "host_key" ? (text.trim().toLowerCase() === "yes" ? "yes" : undefined) : text;

/** undefined: nothing lies over the panes, the key is a command's. */
export function overlayKey(key: string, context: CommandContext, commands: readonly Command[]): Step | undefined {
  const { overlay } = context.ui;
  switch (overlay.kind) {
    case "none":
      return undefined;
    case "help":
      return helpKey(overlay, key, context, commands);
    case "palette":
      return paletteKey(overlay, key, context, commands);
    case "filter":
      return filterKey(overlay, key, context, commands);
    case "prompt":
      return promptKey(overlay, key, context);
    case "menu":
      return menuKey(overlay.menu, key, context);
    case "form":
      return formKey(overlay.form, key, context);
    case "plan":
      return dialogKey(overlay.dialog, key, context, measureDialog);
    case "takeover":
      return takeOverKey(overlay.takeover, key, context, measureTakeOver);
    case "leave":
      return leaveKey(key, context);
  }
}

/** A paste types into what is being typed, and is nothing anywhere else. */
export function overlayPaste(ui: Ui, pasted: string): Ui {
  const { overlay } = ui;
  switch (overlay.kind) {
    case "none":
    case "help":
    case "menu":
    case "leave":
      return ui;
    case "palette":
      return { ...ui, overlay: { kind: "palette", text: pasteText(overlay.text, pasted), index: 0 } };
    case "filter":
      return filtered(ui, overlay.place, pasteText(placeOf(ui, overlay.place).filter, pasted));
    case "prompt":
      return { ...ui, overlay: { ...overlay, text: pasteText(overlay.text, pasted) } };
    case "form":
      return { ...ui, overlay: { kind: "form", form: formPaste(overlay.form, pasted) } };
    case "plan": {
      const { dialog } = overlay;
      return { ...ui, overlay: { kind: "plan", dialog: { ...dialog, confirming: confirmPaste(dialog.confirming, pasted) } } };
    }
    case "takeover": {
      const { takeover } = overlay;
      return { ...ui, overlay: { kind: "takeover", takeover: { ...takeover, confirming: confirmPaste(takeover.confirming, pasted) } } };
    }
  }
}
