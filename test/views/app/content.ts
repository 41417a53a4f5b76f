/** Screens of plain rows, so that what the shell does shows by itself. */
import type { ObjectRef, Pane, PaneRow } from "../../../src/views/pane.ts";
import { panes } from "../../../src/views/panes/index.ts";
import type { ContentSource } from "../../../src/views/scene.ts";

const guest = (key: string): ObjectRef => ({ kind: "guest", key });

export const plainRow = (key: string, text = key): PaneRow => ({ key, line: [{ text }], object: guest(key) });

/** Every screen lists the view's guests by name; sorted, backwards or not. */
const listPane = (pane: Pane): Pane => ({
  ...pane,
  sorts: pane.id === "guests" ? [{ id: "name", title: "name", key: "N" }] : [],
  build: ({ view, sort }) => {
    const rows = view.guests.map(({ key, name }) => plainRow(key, name));
    return {
      header: [[{ text: `${pane.title} of the pair` }]],
      rows: sort?.descending ? rows.reverse() : rows,
      empty: "No guests. Define one.",
    };
  },
});

export const plainContent: ContentSource = {
  panes: panes.map(listPane),
  detail: (_, object, evidence) => {
    const name = object.kind === "guest" ? object.key : object.kind;
    const facts = Array.from(
      { length: 60 },
      (_, index): PaneRow => ({ key: `fact ${index}`, line: [{ text: `fact ${index} of ${name}` }], object: undefined }),
    );
    const source: PaneRow[] = evidence ? [{ key: "source", line: [{ text: "from xl list" }], object: undefined }] : [];
    return {
      title: `guest ${name}`,
      header: [],
      rows: [...source, ...facts.slice(0, 5), plainRow(`disk of ${name}`), ...facts.slice(5)],
      empty: "Gone.",
    };
  },
};
