/** What the details of all objects are made of: facts with a label, and under each, when asked for, where it comes from. */
import type { Evidence, PairView } from "../../state/view-model.ts";
import type { HostId } from "../../xen/model/ids.ts";
import type { Line, ObjectRef, PaneContext, PaneRow } from "../pane.ts";
import { fitText, lineText, textWidth } from "../widgets/text.ts";
import { blank, flow, heading, rowsOf, space, text, wrap } from "./parts.ts";
import { evidenceSpan, hostOf } from "./trust.ts";

export interface DetailContext extends PaneContext {
  /** Show each fact's command, host and age. */
  readonly evidence: boolean;
}

export interface Fact {
  readonly label: string;
  readonly value: Line;
  /** Where it comes from; empty: it is the console's own conclusion from the facts around it. */
  readonly from: readonly (Evidence | undefined)[];
  /** What enter opens. */
  readonly object?: ObjectRef | undefined;
}

export const fact = (label: string, value: Line, from: Fact["from"] = [], object?: ObjectRef): Fact => ({ label, value, from, object });

/** The first of a host's readings with one of these ids; undefined where the host hasn't told of any. */
export const readingOf = (view: PairView, id: HostId | undefined, ...readings: readonly string[]): Evidence | undefined =>
  hostOf(view, id)?.readings.find(({ reading }) => readings.includes(reading));

/** Of both hosts. */
export const readingsOf = (view: PairView, ...readings: readonly string[]): Evidence[] =>
  view.hosts.flatMap(({ id }) => readingOf(view, id, ...readings) ?? []);

const LABEL_WIDTH_MAX = 22;
const INDENT = 2;

/** Under the fact, each source once. */
function evidenceLines(context: DetailContext, { from }: Fact, label_width: number): Line[] {
  if (!context.evidence) return [];
  const spans = from.flatMap((evidence) => (evidence === undefined ? [] : [evidenceSpan(evidence, context.view.now_ms)]));
  const once = spans.filter((span, index) => spans.findIndex(({ text: other }) => other === span.text) === index);
  const hang = INDENT + label_width;
  return flow(
    once.map((span): Line => [span]),
    context.width - hang,
    2,
  ).map((line): Line => [space(hang), ...line]);
}

/** A heading and its facts; nothing where there is no fact to tell. `key` makes the rows' keys unique. */
export function section(context: DetailContext, key: string, title: string, facts: readonly Fact[]): PaneRow[] {
  if (facts.length === 0) return [];
  const label_width = Math.min(LABEL_WIDTH_MAX, Math.max(0, ...facts.map(({ label }) => textWidth(label)))) + 2;
  const rows = facts.flatMap((each, index): PaneRow[] => {
    const hang = INDENT + label_width;
    const value = wrap([space(INDENT), text(fitText(each.label, label_width - 2), "dim"), space(2), ...each.value], context.width, hang);
    const lines = [...value, ...evidenceLines(context, each, label_width)];
    return rowsOf(`${key} ${index} ${each.label}`, lines, each.object, () => `${each.label} ${lineText(each.value)}`);
  });
  return [blank(key), heading(key, title), ...rows];
}
