/** A pane or a detail as lines of text, as the shell would show them. */
import type { PairView } from "../../../src/state/view-model.ts";
import { restingDesk } from "../../../src/views/acting/act.ts";
import type { Line, ObjectRef, Pane, PaneContent, PaneContext } from "../../../src/views/pane.ts";
import { buildDetail } from "../../../src/views/panes/detail.ts";
import { lineText } from "../../../src/views/widgets/text.ts";

export interface DrawOptions {
  readonly width?: number;
  readonly height?: number;
  readonly ascii?: boolean;
  readonly sort?: PaneContext["sort"];
  readonly desk?: PaneContext["desk"];
}

export const contextOf = (
  view: PairView,
  { width = 80, height = 20, ascii = false, sort, desk = restingDesk }: DrawOptions = {},
): PaneContext => ({
  view,
  desk,
  width,
  height,
  ascii,
  sort,
});

export const linesOf = ({ header, rows }: PaneContent): readonly Line[] => [...header, ...rows.map(({ line }) => line)];
export const textOf = (content: PaneContent): string[] => linesOf(content).map(lineText);

export const draw = (pane: Pane, view: PairView, options?: DrawOptions): string[] => textOf(pane.build(contextOf(view, options)));

export const drawDetail = (view: PairView, object: ObjectRef, options: DrawOptions & { readonly evidence?: boolean } = {}): string[] =>
  textOf(buildDetail(contextOf(view, options), object, options.evidence ?? false));

/** Everything that can be opened in a view. */
export const objectsOf = (view: PairView): ObjectRef[] => [
  ...view.hosts.map(({ id }): ObjectRef => ({ kind: "host", id })),
  ...view.guests.map(({ key }): ObjectRef => ({ kind: "guest", key })),
  ...view.drbd.map(({ key }): ObjectRef => ({ kind: "drbd", key })),
  ...view.storage.map(({ key }): ObjectRef => ({ kind: "storage", key })),
  ...view.bridges.map(({ name }): ObjectRef => ({ kind: "bridge", name })),
  ...view.uplinks.map(({ name }): ObjectRef => ({ kind: "uplink", name })),
  ...view.findings.map(({ rule, object }): ObjectRef => ({ kind: "finding", rule, object })),
  ...view.timeline.map(({ seq }): ObjectRef => ({ kind: "entry", seq })),
  ...view.plans.map(({ id }): ObjectRef => ({ kind: "plan", id })),
];
