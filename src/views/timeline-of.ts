/** The timeline of one thing: under which names the hosts speak of it. Pure. */
import type { GuestRow, NetNode, PairView } from "../state/view-model.ts";
import type { CommandContext, Step } from "./actions.ts";
import type { ObjectRef } from "./pane.ts";
import { drbdOf, guestOf, storageOf } from "./panes/lookup.ts";
import { cursorRow, focusedBoard, type Scene, seenRow } from "./scene.ts";
import { goTo, type Ui, withPlace } from "./ui.ts";

/** Names that a filter holds: a guest with forty disks is still found by the first of them. */
const NAMES_MAX = 24;

const resourceNames = (view: PairView, keys: readonly string[]): string[] =>
  view.drbd
    .filter(({ key }) => keys.includes(key))
    .flatMap(({ resource, minor }) => [resource, ...minor.flatMap((each) => (each === undefined ? [] : [`drbd${each}`]))]);

function guestNames(view: PairView, guest: GuestRow): string[] {
  const volumes = view.drbd.filter(({ guests }) => guests.includes(guest.key)).map(({ key }) => key);
  const stores = guest.disks.flatMap(({ kind, object }) =>
    kind === "drbd" || object === undefined ? [] : [object, storageOf(view, object)?.title ?? ""],
  );
  return [guest.name, ...resourceNames(view, volumes), ...guest.nics.flatMap(({ ifname }) => ifname ?? []), ...stores];
}

const nodeNames = (node: NetNode | undefined): string[] =>
  node === undefined || node.guest !== undefined ? [] : [node.name, ...node.children.flatMap(nodeNames)];

/** `beta:vg0/thin0`, `drbd r0`, `r0/0`: what is in them is found by its own name. */
function namedIn(view: PairView, whole: string): string[] {
  const host = view.hosts.find(({ id }) => whole.startsWith(`${id}:`));
  const name = (host === undefined ? whole : whole.slice(host.id.length + 1)).replace(/^(?:drbd|xl|sd|vbd|multipath|iscsi|fc|nfs) /, "");
  const guest = guestOf(view, name);
  if (guest !== undefined) return guestNames(view, guest);
  const volume = drbdOf(view, name);
  return volume === undefined ? [name] : resourceNames(view, [volume.key]);
}

function namesOf(view: PairView, object: ObjectRef): string[] {
  switch (object.kind) {
    case "host":
      return [object.id];
    case "guest": {
      const guest = guestOf(view, object.key);
      return guest === undefined ? [] : guestNames(view, guest);
    }
    case "drbd":
      return resourceNames(view, [object.key]);
    case "storage": {
      const row = storageOf(view, object.key);
      return row === undefined ? [] : [row.title, ...row.cells.flatMap((cell) => cell?.flapping?.paths ?? [])];
    }
    case "bridge":
      return [object.name, ...(view.bridges.find(({ name }) => name === object.name)?.trees ?? []).flatMap(nodeNames)];
    case "uplink":
      return [object.name, ...(view.uplinks.find(({ name }) => name === object.name)?.nodes ?? []).flatMap(nodeNames)];
    case "finding":
      return namedIn(view, object.object);
    case "logs":
      return object.guest === undefined ? [...object.hosts] : [object.guest];
    case "plan":
    case "log":
    case "runbook":
      return [];
    case "entry": {
      const entry = view.timeline.find(({ seq }) => seq === object.seq);
      return entry === undefined ? [] : namedIn(view, entry.object);
    }
  }
}

/** A filter for the timeline; undefined: it has no name there. A name with a space in it is known by its longest part. */
export function filterOf(view: PairView, object: ObjectRef): string | undefined {
  const parts = namesOf(view, object).map((name) =>
    name.split(" ").reduce((longest, part) => (part.length > longest.length ? part : longest), ""),
  );
  const usable = [...new Set(parts.filter((part) => part !== "" && !/["|]/.test(part)))].slice(0, NAMES_MAX);
  return usable.length === 0 ? undefined : usable.map((name) => `"${name}"`).join("|");
}

/** The thing meant: an opened detail's, else the row's under the cursor. */
export function meantObject({ ui, scene }: { readonly ui: Ui; readonly scene: Scene }): ObjectRef | undefined {
  const opened = ui.stack.at(-1);
  if (opened !== undefined && (scene.side === undefined || scene.side.focused)) return opened;
  return seenRow(focusedBoard(scene))?.object ?? (scene.side?.focused === true ? cursorRow(scene.main)?.object : undefined);
}

export function showTimelineOf({ ui, scene, view }: CommandContext): Step {
  const object = meantObject({ ui, scene });
  const filter = object === undefined ? undefined : filterOf(view, object);
  if (filter === undefined) return [ui, []];
  return [
    withPlace(goTo(ui, { screen: "timeline", stack: [] }), "timeline", { filter, top: 0, follow: true, key: undefined, index: 0 }),
    [],
  ];
}
