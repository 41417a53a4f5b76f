/** What `:` offers: every command, and every object of the pair by name. Pure. */
import type { PairView } from "../state/view-model.ts";
import { actionEntries, allActionEntries, allowEntry } from "./acting/palette.ts";
import type { CommandContext, Step } from "./actions.ts";
import { type Command, keyLabels } from "./commands.ts";
import { fuzzyScore } from "./fuzzy.ts";
import type { ObjectRef } from "./pane.ts";
import { goTo, noOverlay, type ScreenId, withoutPlace, withToast } from "./ui.ts";

export interface PaletteEntry {
  readonly title: string;
  /** Keys of a command, kind of an object. */
  readonly hint: string;
  readonly description: string;
  /** Why it can't be done now. */
  readonly disabled: string | undefined;
  readonly run: (context: CommandContext) => Step;
}

/** Entries kept of a search; more than any window shows. */
const ENTRIES_MAX = 100;

interface Named {
  readonly name: string;
  readonly kind: string;
  readonly object: ObjectRef;
  readonly screen: ScreenId;
}

const objectsOf = (view: PairView): Named[] => [
  ...view.hosts.map((host): Named => ({ name: host.id, kind: "host", object: { kind: "host", id: host.id }, screen: "overview" })),
  ...view.guests.map((guest): Named => ({ name: guest.name, kind: "guest", object: { kind: "guest", key: guest.key }, screen: "guests" })),
  ...view.drbd.map((row): Named => ({ name: row.key, kind: "drbd", object: { kind: "drbd", key: row.key }, screen: "drbd" })),
  ...view.storage.map((row): Named => ({ name: row.title, kind: row.kind, object: { kind: "storage", key: row.key }, screen: "storage" })),
  ...view.bridges.map((row): Named => ({ name: row.name, kind: "bridge", object: { kind: "bridge", name: row.name }, screen: "network" })),
  ...view.uplinks.map((row): Named => ({ name: row.name, kind: "uplink", object: { kind: "uplink", name: row.name }, screen: "network" })),
];

const commandEntry = (command: Command, context: CommandContext): PaletteEntry => {
  const ready = command.when(context);
  return {
    title: command.title,
    hint: keyLabels(command).join(" "),
    description: command.description,
    disabled: ready === true ? undefined : ready,
    run: command.run,
  };
};

const objectEntry = ({ name, kind, object, screen }: Named): PaletteEntry => ({
  title: name,
  hint: kind,
  description: `Open ${kind} ${name}`,
  disabled: undefined,
  run: ({ ui }) => [goTo(withoutPlace(ui, object), { screen, stack: [object] }), []],
});

/** What can't be done now stands below what can. */
const DISABLED_PENALTY = 20;

/** Letters of the name, or words of the sentence: loose letters of a whole sentence would find everything. */
function scoreOf(entry: PaletteEntry, text: string, query: string): number | undefined {
  const by_title = fuzzyScore(query, `${entry.title} ${entry.hint}`);
  const described = entry.description.toLowerCase().includes(text.trim().toLowerCase());
  const score = by_title !== undefined ? by_title + 5 : described ? 0 : undefined;
  return score === undefined ? undefined : score - (entry.disabled === undefined ? 0 : DISABLED_PENALTY);
}

/** Best first. Objects are only offered once something was typed. */
export function paletteEntries(text: string, commands: readonly Command[], context: CommandContext): readonly PaletteEntry[] {
  const entries = commands.map((command) => commandEntry(command, context));
  const query = text.replaceAll(" ", "");
  if (query === "") return entries.slice(0, ENTRIES_MAX);
  const meant = [...actionEntries(text, context), ...allowEntry(text)];
  // What an action's words name comes first: it is what was typed, not what looks like it.
  if (meant.length > 0) return meant.slice(0, ENTRIES_MAX);
  return [...entries, ...allActionEntries(context), ...objectsOf(context.view).map(objectEntry)]
    .map((entry) => ({ entry, score: scoreOf(entry, text, query) }))
    .filter((found): found is { entry: PaletteEntry; score: number } => found.score !== undefined)
    .sort((a, b) => b.score - a.score)
    .slice(0, ENTRIES_MAX)
    .map(({ entry }) => entry);
}

/** Runs an entry from the open palette. */
export function runEntry(entry: PaletteEntry, context: CommandContext): Step {
  const ui = { ...context.ui, overlay: noOverlay };
  if (entry.disabled !== undefined) return [withToast(ui, `${entry.title}: ${entry.disabled}.`, "warning"), []];
  return entry.run({ ...context, ui });
}
