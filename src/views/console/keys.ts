/** The reducer of the consoles' UI: keys and pastes in, the next state and what is to be done out. Pure and total. */
import { editText, pasteText } from "../widgets/text-input.ts";
import { consoleCommands, runKey } from "./commands.ts";
import { needsAsking, pasteOf } from "./paste.ts";
import { type Box, type ConsoleInfo, type ConsoleStep, type ConsoleUi, noBox, withNotice } from "./ui.ts";

type Kind<K extends Box["kind"]> = Extract<Box, { kind: K }>;

const only = (ui: ConsoleUi): ConsoleStep => [ui, []];
const shut = (ui: ConsoleUi): ConsoleUi => ({ ...ui, box: noBox });

function listKey(ui: ConsoleUi, { index }: Kind<"list">, key: string, { ids }: ConsoleInfo): ConsoleStep {
  const to = (next: number): ConsoleStep => only({ ...ui, box: { kind: "list", index: (next + ids.length) % Math.max(1, ids.length) } });
  if (key === "j" || key === "down" || key === "tab") return to(index + 1);
  if (key === "k" || key === "up" || key === "shift-tab") return to(index - 1);
  if (key === "enter") return only({ ...shut(ui), shown: ids[index] ?? ui.shown, facts_top: 0 });
  return key === "escape" || key === "q" || key === "w" ? only(shut(ui)) : only(ui);
}

function searchKey(ui: ConsoleUi, box: Kind<"search">, pressed: string): ConsoleStep {
  const key = pressed === "ctrl-h" ? "backspace" : pressed;
  if (key === "escape" || (key === "backspace" && box.text === "")) return only(shut(ui));
  if (key === "enter") return [shut(ui), box.text === "" ? [] : [{ kind: "find", text: box.text, direction: box.direction }]];
  const text = editText(box.text, key);
  return only(text === undefined ? ui : { ...ui, box: { ...box, text } });
}

function pasteKey(ui: ConsoleUi, { paste }: Kind<"paste">, key: string): ConsoleStep {
  if (key === "y") return [shut(ui), [{ kind: "paste", paste }]];
  return key === "n" || key === "escape" ? only(withNotice(shut(ui), "Nothing was pasted.", "dim")) : only(ui);
}

function takeOverKey(ui: ConsoleUi, key: string): ConsoleStep {
  if (key === "y") return [shut(ui), [{ kind: "take_over" }]];
  return key === "n" || key === "escape" ? only(shut(ui)) : only(ui);
}

function helpKey(ui: ConsoleUi, { top }: Kind<"help">, key: string): ConsoleStep {
  const to = (next: number): ConsoleStep =>
    only({ ...ui, box: { kind: "help", top: Math.min(Math.max(0, next), consoleCommands.length) } });
  if (key === "j" || key === "down") return to(top + 1);
  if (key === "k" || key === "up") return to(top - 1);
  if (key === "pagedown" || key === "space" || key === "ctrl-d") return to(top + 10);
  if (key === "pageup" || key === "ctrl-u") return to(top - 10);
  return key === "escape" || key === "q" || key === "?" ? only(shut(ui)) : only(ui);
}

function boxKey(ui: ConsoleUi, key: string, info: ConsoleInfo): ConsoleStep | undefined {
  const { box } = ui;
  switch (box.kind) {
    case "none":
      return undefined;
    case "list":
      return listKey(ui, box, key, info);
    case "search":
      return searchKey(ui, box, key);
    case "paste":
      return pasteKey(ui, box, key);
    case "take_over":
      return takeOverKey(ui, key);
    case "help":
      return helpKey(ui, box, key);
  }
}

/** Nothing that reads as a way out may end something here: it may have been meant for the guest. */
const meantForGuest = new Set(["ctrl-c", "enter"]);

export function pressKey(ui: ConsoleUi, key: string, info: ConsoleInfo): ConsoleStep {
  const taken = boxKey(ui, key, info);
  if (taken !== undefined) return taken;
  if (ui.prefixed) {
    const next = { ...ui, prefixed: false };
    // Twice: the key itself is meant.
    if (key === info.prefix) return info.typing ? [next, [{ kind: "key", key }]] : only(next);
    return runKey(next, key, info);
  }
  if (key === info.prefix) return only({ ...ui, prefixed: true, notice: undefined });
  if (info.typing && !info.reading) {
    if (!info.attached) return only(withNotice(ui, `${info.name} isn't attached: what you type goes nowhere.`, "warning"));
    return [ui.notice === undefined ? ui : { ...ui, notice: undefined }, [{ kind: "key", key }]];
  }
  if (meantForGuest.has(key))
    return only(withNotice(ui, `Watching: keys don't reach ${info.name}. t switches typing on, esc goes back to the screens.`, "dim"));
  return runKey(ui, key, info);
}

export function pressPaste(ui: ConsoleUi, pasted: string, info: ConsoleInfo): ConsoleStep {
  if (ui.box.kind === "search") return only({ ...ui, box: { ...ui.box, text: pasteText(ui.box.text, pasted) } });
  if (ui.box.kind !== "none") return only(ui);
  const settled = { ...ui, prefixed: false };
  if (!info.typing || info.reading) return only(withNotice(settled, "Nothing was pasted: typing is off.", "dim"));
  if (!info.attached) return only(withNotice(settled, `Nothing was pasted: ${info.name} isn't attached.`, "warning"));
  const paste = pasteOf(pasted);
  if (paste === undefined)
    return only(withNotice(settled, "Nothing was pasted: it is longer than 64 KB, and what was cut off isn't known.", "warning"));
  if (paste.text === "") return only(settled);
  return needsAsking(paste) ? only({ ...settled, box: { kind: "paste", paste } }) : [settled, [{ kind: "paste", paste }]];
}
