/**
 * The table of keys on a console: dispatch, footer, help and docs/keys.md come from it. While nothing is typed into the guest they work by themselves, while
 * typing after the prefix; while lines above are read they work by themselves, too.
 */
import { type ConsoleEffect, type ConsoleInfo, type ConsoleStep, type ConsoleUi, noBox, withNotice } from "./ui.ts";

export interface ConsoleCommand {
  readonly id: string;
  readonly keys: readonly string[];
  readonly title: string;
  /** One sentence without its full stop. */
  readonly description: string;
  /** Place in the footer, first the lowest; undefined: not there. */
  readonly footer?: number;
  /** true, or why not now. */
  readonly when: (info: ConsoleInfo, ui: ConsoleUi) => true | string;
  readonly run: (ui: ConsoleUi, info: ConsoleInfo) => ConsoleStep;
}

const always = (): true => true;
const does =
  (...effects: readonly ConsoleEffect[]) =>
  (ui: ConsoleUi): ConsoleStep => [ui, effects];

/** The one `by` places further, round and round. */
const turned = (ui: ConsoleUi, { ids }: ConsoleInfo, by: 1 | -1): ConsoleUi => {
  const at = ids.indexOf(ui.shown ?? "");
  return { ...ui, shown: ids[(at + by + ids.length) % ids.length] ?? ui.shown, facts_top: 0 };
};
const several = ({ ids }: ConsoleInfo): true | string => (ids.length > 1 ? true : "no other console is open");
const found = ({ wanted }: ConsoleInfo): true | string => (wanted !== "" ? true : "nothing was looked for yet (/)");

const useCommands: readonly ConsoleCommand[] = [
  {
    id: "typing",
    keys: ["t"],
    title: "type",
    description: "Switch typing into the guest on, or off again. On, it is on record, and every key but the prefix goes there",
    footer: 0,
    when: ({ attached, typing, barred }) => (typing || (attached && barred === undefined) ? true : (barred ?? "it isn't attached")),
    run: (ui, { typing }) => [ui, [...(typing ? [] : [{ kind: "follow" } as const]), { kind: "typing", on: !typing }]],
  },
  {
    id: "leave",
    keys: ["escape", "q"],
    title: "screens",
    description: "Back to the end of the output, else to the screens; the console stays open and is followed",
    footer: 2,
    when: always,
    run: (ui, { reading }) => (reading ? [ui, [{ kind: "follow" }]] : [{ ...ui, shown: undefined }, []]),
  },
  {
    id: "detach",
    keys: ["d"],
    title: "detach",
    description: "Close this console. The guest notices nothing; a shell gets a hangup. Started as `xenha-tui console`, the program ends",
    footer: 1,
    when: always,
    run: (ui, { alone }) => [ui, [{ kind: "close" }, ...(alone ? [{ kind: "quit" } as const] : [])]],
  },
  {
    id: "next",
    keys: ["tab"],
    title: "next",
    description: "The next console",
    footer: 6,
    when: several,
    run: (ui, info) => [turned(ui, info, 1), []],
  },
  {
    id: "previous",
    keys: ["shift-tab"],
    title: "previous",
    description: "The console before",
    when: several,
    run: (ui, info) => [turned(ui, info, -1), []],
  },
  {
    id: "list",
    keys: ["w"],
    title: "list",
    description: "All consoles that are open",
    footer: 7,
    when: always,
    run: (ui, { ids }) => [{ ...ui, box: { kind: "list", index: Math.max(0, ids.indexOf(ui.shown ?? "")) } }, []],
  },
];

const readCommands: readonly ConsoleCommand[] = [
  {
    id: "up",
    keys: ["k", "up"],
    title: "up",
    description: "A line up: the lines above are read, and stay while the guest goes on",
    when: always,
    run: does({ kind: "move", lines: -1 }),
  },
  { id: "down", keys: ["j", "down"], title: "down", description: "A line down", when: always, run: does({ kind: "move", lines: 1 }) },
  {
    id: "half_up",
    keys: ["ctrl-u"],
    title: "half page up",
    description: "Half a page up",
    when: always,
    run: (ui, { page }) => [ui, [{ kind: "move", lines: -Math.ceil(page / 2) }]],
  },
  {
    id: "half_down",
    keys: ["ctrl-d"],
    title: "half page down",
    description: "Half a page down",
    when: always,
    run: (ui, { page }) => [ui, [{ kind: "move", lines: Math.ceil(page / 2) }]],
  },
  {
    id: "page_up",
    keys: ["pageup", "ctrl-b", "["],
    title: "page up",
    description: "A page up",
    when: always,
    run: (ui, { page }) => [ui, [{ kind: "move", lines: -page }]],
  },
  {
    id: "page_down",
    keys: ["pagedown", "ctrl-f"],
    title: "page down",
    description: "A page down",
    when: always,
    run: (ui, { page }) => [ui, [{ kind: "move", lines: page }]],
  },
  {
    id: "first",
    keys: ["g", "home"],
    title: "first",
    description: "To the oldest line that is kept",
    when: always,
    run: does({ kind: "first" }),
  },
  { id: "last", keys: ["G", "end"], title: "last", description: "To the last line", when: always, run: does({ kind: "last" }) },
  {
    id: "search",
    keys: ["/"],
    title: "search",
    description: "Look for text in what was printed, upwards; a capital letter is meant as one",
    footer: 3,
    when: always,
    run: (ui) => [{ ...ui, box: { kind: "search", text: "", direction: -1 } }, []],
  },
  {
    id: "again",
    keys: ["n"],
    title: "next found",
    description: "Further up to what was looked for",
    when: found,
    run: (ui, { wanted }) => [ui, [{ kind: "find", text: wanted, direction: -1 }]],
  },
  {
    id: "back",
    keys: ["N"],
    title: "last found",
    description: "Back down to what was looked for",
    when: found,
    run: (ui, { wanted }) => [ui, [{ kind: "find", text: wanted, direction: 1 }]],
  },
  {
    id: "select",
    keys: ["space", "v"],
    title: "mark",
    description: "Mark lines from here on, or none any more",
    when: always,
    run: does({ kind: "select" }),
  },
  {
    id: "copy",
    keys: ["y"],
    title: "copy",
    description: "Send the marked lines, else the present one, else what is in sight, to the terminal's clipboard (OSC 52)",
    footer: 4,
    when: always,
    run: does({ kind: "copy", all: false }),
  },
  {
    id: "copy_all",
    keys: ["Y"],
    title: "copy all",
    description: "Send everything that is kept to the clipboard, as far as it takes it, the newest",
    when: always,
    run: does({ kind: "copy", all: true }),
  },
];

const lookCommands: readonly ConsoleCommand[] = [
  {
    id: "split",
    keys: ["z"],
    title: "split",
    description: "The facts of the guest or host beside the console, or the console alone; J and K move in them",
    footer: 5,
    when: always,
    run: (ui) => [{ ...ui, split: !ui.split, facts_top: 0 }, []],
  },
  {
    id: "facts_down",
    keys: ["J"],
    title: "facts down",
    description: "Down in the facts beside the console",
    when: (_, { split }) => (split ? true : "the facts aren't shown (z)"),
    run: (ui) => [{ ...ui, facts_top: ui.facts_top + 1 }, []],
  },
  {
    id: "facts_up",
    keys: ["K"],
    title: "facts up",
    description: "Up in the facts beside the console",
    when: (_, { split }) => (split ? true : "the facts aren't shown (z)"),
    run: (ui) => [{ ...ui, facts_top: Math.max(0, ui.facts_top - 1) }, []],
  },
  {
    id: "fit",
    keys: ["="],
    title: "size",
    description: "80x24, which a guest takes a serial line's terminal for, or as large as there is room",
    when: ({ kind }) => (kind === "guest" ? true : "a shell is always as large as there is room"),
    run: (ui, { fit }) => [ui, [{ kind: "fit", on: !fit }]],
  },
  {
    id: "tell_size",
    keys: ["S"],
    title: "tell the size",
    description: "Type `stty rows R columns C` into the guest, so that its programs know how large the terminal is",
    when: ({ kind, typing }) => (kind === "shell" ? "a shell knows it" : typing ? true : "typing is off (t)"),
    run: does({ kind: "tell_size" }),
  },
  {
    id: "other_line",
    keys: ["o"],
    title: "other line",
    description: "The guest's other console: paravirtual or the first serial line",
    when: ({ kind }) => (kind === "guest" ? true : "a shell has one only"),
    run: does({ kind: "other_line" }),
  },
  {
    id: "reset",
    keys: ["R"],
    title: "reset",
    description: "Set the terminal that the guest draws on to its first state, where something was left half done; the lines above stay",
    when: always,
    run: does({ kind: "reset" }),
  },
  {
    id: "take_over",
    keys: ["T"],
    title: "take over",
    description: "Where somebody else has the console: end theirs, after a question. It is on record",
    when: ({ taken, barred }) => (barred !== undefined ? barred : taken ? true : "nobody else has it"),
    run: (ui) => [{ ...ui, box: { kind: "take_over" } }, []],
  },
  {
    id: "help",
    keys: ["?"],
    title: "help",
    description: "All keys of a console, and why one doesn't work right now",
    footer: 8,
    when: always,
    run: (ui) => [{ ...ui, box: { kind: "help", top: 0 } }, []],
  },
  {
    id: "repaint",
    keys: ["ctrl-l"],
    title: "repaint",
    description: "Draw the whole screen again",
    when: always,
    run: does({ kind: "repaint" }),
  },
  {
    id: "suspend",
    keys: ["ctrl-z"],
    title: "suspend",
    description: "To the shell; `fg` comes back",
    when: always,
    run: does({ kind: "suspend" }),
  },
];

export const consoleCommands: readonly ConsoleCommand[] = [...useCommands, ...readCommands, ...lookCommands];

/** Runs the command of a key, or says why not. */
export function runKey(ui: ConsoleUi, key: string, info: ConsoleInfo): ConsoleStep {
  const command = consoleCommands.find(({ keys }) => keys.includes(key));
  if (command === undefined) return [ui, []];
  const ready = command.when(info, ui);
  if (ready !== true) return [withNotice(ui, `${command.title}: ${ready}.`, "dim"), []];
  return command.run({ ...ui, box: noBox, notice: undefined }, info);
}
