/** What an action would be done to: the marked rows, the row under the cursor, or what the open detail is about. */
import type { ObjectKind } from "../../state/plan/arguments.ts";
import { leaseKey } from "../../state/plan/plan.ts";
import type { PairView } from "../../state/view-model.ts";
import type { CommandContext } from "../actions.ts";
import type { ObjectRef } from "../pane.ts";
import { objectNamed } from "../panes/lookup.ts";
import { focusedBoard, seenRow } from "../scene.ts";

export interface Subject {
  readonly kind: ObjectKind;
  /** What the argument of its kind becomes. */
  readonly value: string;
  /** As it is called on the screen. */
  readonly name: string;
}

/** undefined: nothing can be done to it, or it isn't there any more. */
export function subjectOfRef(view: PairView, object: ObjectRef): Subject | undefined {
  switch (object.kind) {
    case "guest": {
      const guest = view.guests.find(({ key }) => key === object.key);
      return guest && { kind: "guest", value: guest.key, name: guest.name };
    }
    case "drbd": {
      const row = view.drbd.find(({ key }) => key === object.key);
      return row && { kind: "resource", value: row.resource, name: row.resource };
    }
    case "host":
      return { kind: "host", value: object.id, name: object.id };
    case "storage": {
      const row = view.storage.find(({ key }) => key === object.key);
      return row && { kind: "storage", value: row.key, name: row.title };
    }
    case "bridge":
    case "uplink":
      return { kind: "network", value: object.name, name: object.name };
    case "finding": {
      const about = objectNamed(view, object.object);
      return about && subjectOfRef(view, about);
    }
    case "entry": {
      const entry = view.timeline.find(({ seq }) => seq === object.seq);
      const about = entry && objectNamed(view, entry.object.replace(/^\w+ /, ""));
      return about && subjectOfRef(view, about);
    }
    case "plan": {
      const plan = view.plans.find(({ id }) => id === object.id);
      return plan && subjectOfKeys(view, plan.keys);
    }
    case "logs":
    case "log":
      return undefined;
  }
}

/** What a plan is about, by its leases: the guest first, whose resources it holds too. */
function subjectOfKeys(view: PairView, keys: readonly string[]): Subject | undefined {
  const guest = view.guests.find(({ name }) => keys.includes(leaseKey("guest", name)));
  if (guest !== undefined) return { kind: "guest", value: guest.key, name: guest.name };
  const row = view.drbd.find(({ resource }) => keys.includes(leaseKey("drbd", resource)));
  if (row !== undefined) return { kind: "resource", value: row.resource, name: row.resource };
  const host = view.hosts.find(({ id }) => keys.includes(leaseKey("host", id)));
  return host && { kind: "host", value: host.id, name: host.id };
}

export interface Subjects {
  /** At least one, all of one kind. */
  readonly subjects: readonly Subject[];
  readonly marked: boolean;
}

const once = (subjects: readonly Subject[]): readonly Subject[] =>
  subjects.filter(({ kind, value }, index) => subjects.findIndex((other) => other.kind === kind && other.value === value) === index);

/** A text: why there is nothing to act on. */
export function subjectsOf({ ui, scene, view }: Pick<CommandContext, "ui" | "scene" | "view">): Subjects | string {
  const board = focusedBoard(scene);
  if (board === undefined) return "nothing is shown";
  // A detail is about its object, whatever its lines lead on to.
  const opened = board.pane === undefined ? (ui.stack.at(-1) ?? seenRow(scene.main)?.object) : undefined;
  if (opened !== undefined) {
    const subject = subjectOfRef(view, opened);
    if (subject !== undefined) return { subjects: [subject], marked: false };
  }
  const marked = once(
    board.rows.flatMap((row) => (board.marks.has(row.key) && row.object !== undefined ? (subjectOfRef(view, row.object) ?? []) : [])),
  );
  if (marked.length > 0) {
    const kinds = new Set(marked.map(({ kind }) => kind));
    return kinds.size === 1 ? { subjects: marked, marked: true } : "the marked rows are of several kinds";
  }
  const row = seenRow(board);
  if (row?.object === undefined) return "no row is selected";
  const subject = subjectOfRef(view, row.object);
  return subject === undefined ? "nothing can be done to this row" : { subjects: [subject], marked: false };
}

const nouns: Readonly<Record<ObjectKind, string>> = {
  guest: "guest",
  resource: "resource",
  host: "host",
  storage: "storage",
  network: "network",
  pair: "pair",
};
export const nounOf = (kind: ObjectKind): string => nouns[kind];

/** `guest web01`, `3 marked guests`. */
export function subjectsText(subjects: readonly Subject[]): string {
  const [first] = subjects;
  if (first === undefined) return "the pair";
  return subjects.length === 1 ? `${nouns[first.kind]} ${first.name}` : `${subjects.length} ${nouns[first.kind]}s`;
}
