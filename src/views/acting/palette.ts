/** What `:` offers beyond commands and objects: every action by its words, on the object that is named after them; `:rw 15m`. Pure. */
import { type Action, subjectOf } from "../../state/plan/action.ts";
import { actions } from "../../state/plan/actions/index.ts";
import type { Given } from "../../state/plan/arguments.ts";
import { allowMinutes } from "../../state/plan/mode.ts";
import type { PairView } from "../../state/view-model.ts";
import type { CommandContext, Step } from "../actions.ts";
import { fuzzyScore } from "../fuzzy.ts";
import type { PaletteEntry } from "../palette.ts";
import { withToast } from "../ui.ts";
import { beginAction } from "./form.ts";
import { offerOf } from "./offers.ts";
import { type Subject, subjectsOf } from "./subject.ts";

/** Objects offered for an action and the beginning of a name. */
const OBJECTS_MAX = 8;

/** `guest start`, `start`: what an action answers to. */
const namesOf = ({ id, title }: Action): readonly string[] => [...new Set([id, title, id.split(" ").at(-1) ?? id])];

/** What follows the action's name; undefined: it isn't the one that is named. */
function restOf(action: Action, text: string): string | undefined {
  const lower = text.toLowerCase();
  const name = namesOf(action).find((each) => lower.startsWith(`${each} `));
  return name === undefined ? undefined : text.slice(name.length + 1).trim();
}

function subjectsOfKind(view: PairView, kind: Subject["kind"]): readonly Subject[] {
  switch (kind) {
    case "guest":
      return view.guests.map(({ key, name }) => ({ kind, value: key, name }));
    case "resource":
      return [...new Set(view.drbd.map(({ resource }) => resource))].map((name) => ({ kind, value: name, name }));
    case "host":
      return view.hosts.map(({ id }) => ({ kind, value: id, name: id }));
    case "storage":
      return view.storage.map(({ key, title }) => ({ kind, value: key, name: title }));
    case "network":
      return [...view.bridges, ...view.uplinks].map(({ name }) => ({ kind, value: name, name }));
    case "pair":
      return [];
  }
}

/** The words after the object, for the arguments that follow it, as the command line takes them. */
function saidArgs(action: Action, words: readonly string[]): Given {
  const subject = subjectOf(action);
  const open = action.args.filter((arg) => arg !== subject);
  return Object.fromEntries(words.slice(0, open.length).map((word, index) => [open[index]?.name ?? "", word]));
}

const entryOf = (action: Action, subject: Subject | undefined, said: Given, context: CommandContext): PaletteEntry => {
  const offer = offerOf(action, subject, context.act);
  return {
    title: subject === undefined ? action.id : `${action.id} ${subject.name}`,
    hint: "action",
    description: action.description,
    disabled: subject !== undefined && !offer.explains ? offer.reason : undefined,
    run: (now) => [beginAction(now, action, subject === undefined ? [] : [subject], said), []],
  };
};

/** An action with an object's name after it: the objects that it may be, best first. */
function named(action: Action, rest: string, context: CommandContext): readonly PaletteEntry[] {
  const [name = "", ...words] = rest.split(/\s+/);
  if (action.on === "pair") return [entryOf(action, undefined, saidArgs(action, rest === "" ? [] : rest.split(/\s+/)), context)];
  const said = saidArgs(action, words);
  return subjectsOfKind(context.view, action.on)
    .map((subject) => ({ subject, score: name === "" ? 0 : fuzzyScore(name, subject.name) }))
    .filter((each): each is { subject: Subject; score: number } => each.score !== undefined)
    .sort((a, b) => b.score - a.score)
    .slice(0, OBJECTS_MAX)
    .map(({ subject }) => entryOf(action, subject, said, context));
}

/** An action by itself: on the row under the cursor where that is of its kind, else its object is asked for. */
function bare(action: Action, context: CommandContext): PaletteEntry {
  const found = subjectsOf(context);
  const here = typeof found === "string" || found.subjects[0]?.kind !== action.on ? undefined : found.subjects;
  return {
    ...entryOf(action, undefined, {}, context),
    hint: `a ${action.letter}`,
    run: (now): Step => [beginAction(now, action, here !== undefined && (here.length === 1 || action.marked) ? here : []), []],
  };
}

/** Entries for the action that the text names; empty: it names none. */
export function actionEntries(text: string, context: CommandContext): readonly PaletteEntry[] {
  if (context.act.why_not !== undefined) return [];
  return actions.flatMap((action) => {
    const rest = restOf(action, text);
    return rest === undefined ? [] : named(action, rest, context);
  });
}

/** Every action, to be found by its letters. */
export const allActionEntries = (context: CommandContext): readonly PaletteEntry[] =>
  context.act.why_not === undefined ? actions.map((action) => bare(action, context)) : [];

/** `rw 15m` with its time; empty: it isn't that. */
export function allowEntry(text: string): readonly PaletteEntry[] {
  const [, time] = /^rw(?:\s+(.*))?$/.exec(text.trim()) ?? [];
  if (time === undefined) return [];
  const minutes = allowMinutes(time);
  const problem = typeof minutes === "string" ? minutes : undefined;
  return [
    {
      title: `rw ${time}`,
      hint: ":rw",
      description: problem ?? `Allow changes for ${String(minutes)} minutes`,
      disabled: problem,
      run: ({ ui }) =>
        typeof minutes === "string" ? [withToast(ui, `rw: ${minutes}.`, "warning"), []] : [ui, [{ kind: "allow", minutes }]],
    },
  ];
}
