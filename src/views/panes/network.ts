/** Screen 5: each bridge as a tree on both hosts, what differs between them, and the uplinks. */
import type { BridgeRow, Evidence, HostView, PairView, UplinkRow } from "../../state/view-model.ts";
import type { HostId } from "../../xen/model/ids.ts";
import { byName, count, severityRank, worst } from "../format.ts";
import type { Line, ObjectRef, Pane, PaneContent, PaneContext, PaneRow, PaneSort } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";
import { cutLine, fitText, lineText, lineWidth, textWidth } from "../widgets/text.ts";
import { treeLines } from "./network-tree.ts";
import { content, heading, lazyRow, space, text, wrap } from "./parts.ts";
import { type Column, layOut } from "./table.ts";
import { hostOf, hostTitle, judged, mark, none, oldest, type Trust, trustOf, trustOfHost, whyEmpty, word } from "./trust.ts";

const sorts: readonly PaneSort[] = [
  { id: "name", title: "name", key: "N" },
  { id: "state", title: "state", key: "S" },
];

type Order = (left: BridgeRow, right: BridgeRow) => number;
const byBridge: Order = (left, right) => byName(left.name, right.name);
export const bridgeSeverity = (row: BridgeRow) => worst([row.state.severity, ...row.parity.map(({ severity }) => severity)]);
const bySeverity: Order = (left, right) => severityRank(bridgeSeverity(left)) - severityRank(bridgeSeverity(right));
const orders: Readonly<Record<string, Order>> = { name: byBridge, state: bySeverity };

function sorted({ view, sort }: PaneContext): BridgeRow[] {
  const order = sort && orders[sort.id];
  if (order === undefined) return [...view.bridges].sort((left, right) => bySeverity(right, left) || byBridge(left, right));
  return [...view.bridges].sort(
    (left, right) => (sort?.descending === true ? order(right, left) : order(left, right)) || byBridge(left, right),
  );
}

export function trustOfNet(view: PairView, id: HostId, evidence: Evidence | undefined): Trust {
  const host = hostOf(view, id);
  return oldest([trustOf(evidence, view.now_ms), host && trustOfHost(host, evidence === undefined ? ["ip-link"] : [], view.now_ms)]);
}

export const trustOfBridge = (view: PairView, row: BridgeRow): Trust =>
  oldest(view.hosts.map(({ id }, index) => trustOfNet(view, id, row.evidence[index])));

/** From here on the two hosts stand side by side. */
export const SIDE_BY_SIDE_WIDTH = 100;
const INDENT = 2;

/** One value where both hosts agree, both where they don't. */
export function pairText<T>(pair: readonly [T | undefined, T | undefined], hosts: PairView["hosts"]): string | undefined {
  const [left, right] = pair;
  if (left === right) return left === undefined ? undefined : String(left);
  return `${left ?? "none"} on ${hosts[0].id}, ${right ?? "none"} on ${hosts[1].id}`;
}

/** Which guests hang on a bridge is told by xenstore: none only where both hosts have told. */
function guestCount(view: PairView, row: BridgeRow): string {
  const told = view.hosts.every((host) => trustOfHost(host, ["xenstore"], view.now_ms) === undefined);
  return row.guests.length > 0 || told ? count(row.guests.length, "guest") : "guests not known";
}

function bridgeLine({ view, ascii }: PaneContext, row: BridgeRow): Line {
  const trust = trustOfBridge(view, row);
  // Of a bridge that only one host has, there is only one to tell of.
  const shared = (pair: BridgeRow["mtu"]): string | undefined =>
    row.trees.includes(undefined) ? (pair[0] ?? pair[1])?.toString() : pairText(pair, view.hosts);
  const vlan = shared(row.vlan_id);
  const mtu = shared(row.mtu);
  const facts = [
    row.role,
    ...(vlan === undefined ? [] : [`VLAN ${vlan}`]),
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
    guestCount(view, row),
  ];
  return [
    mark(bridgeSeverity(row), trust, ascii),
    { text: ` ${row.name}`, bold: true },
    { text: "  " },
    word(row.state, trust, { aged: true }),
    text(`  ${facts.join(", ")}`, "dim"),
  ];
}

function parityLines({ width, ascii }: PaneContext, row: BridgeRow): Line[] {
  return row.parity
    .filter(({ severity, text: said }) => severity !== "ok" && said !== row.state.text)
    .flatMap(({ text: said, severity }) =>
      wrap([space(INDENT), text(`${symbolsOf(ascii).severity[severity]} ${said}`, severityTone[severity])], width, INDENT * 2),
    );
}

/** What stands where a host has no such bridge: it hasn't, or it hasn't told. */
function missing(host: HostView, ascii: boolean): Line {
  return host.heard_ms === undefined ? [text("? not told yet", "unknown")] : [none(ascii, `none on ${host.id}`)];
}

function hostTree({ view, ascii }: PaneContext, row: BridgeRow, index: 0 | 1): Line[] {
  const tree = row.trees[index];
  const host = view.hosts[index];
  if (tree === undefined) return [missing(host, ascii)];
  return treeLines(tree, trustOfNet(view, host.id, row.evidence[index]), ascii).map(({ line }) => line);
}

/** A line that is made when it is asked for: of four hundred fifty are seen. */
type LateLine = () => Line;

/** Two blocks of lines beside each other, the second at the middle. */
function beside(left: readonly Line[], right: readonly Line[], width: number): LateLine[] {
  const half = Math.floor((width - INDENT) / 2);
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) => (): Line => {
    const one = cutLine(left[index] ?? [], half - 1);
    const two = right[index];
    return [space(INDENT), ...one, ...(two === undefined ? [] : [space(half - lineWidth(one)), ...cutLine(two, half)])];
  });
}

function treeRows(context: PaneContext, row: BridgeRow): LateLine[] {
  const { view, width } = context;
  const trees = ([0, 1] as const).map((index) => hostTree(context, row, index));
  if (width >= SIDE_BY_SIDE_WIDTH) return beside(trees[0] ?? [], trees[1] ?? [], width);
  const widest = Math.max(...view.hosts.map((host) => textWidth(hostTitle(host, view.now_ms))));
  return trees.flatMap((lines, index) => {
    const host = view.hosts[index];
    if (host === undefined) return [];
    const title = fitText(hostTitle(host, view.now_ms), widest);
    return lines.map((line, at) => (): Line => [space(INDENT), text(at === 0 ? title : " ".repeat(widest), "dim"), space(INDENT), ...line]);
  });
}

function bridgeRows(context: PaneContext, row: BridgeRow): PaneRow[] {
  const object: ObjectRef = { kind: "bridge", name: row.name };
  const key = `bridge ${row.name}`;
  const whole = (): string => [row.name, row.role, row.state.text, ...row.guests].join(" ");
  const under = [...parityLines(context, row).map((line) => (): Line => line), ...treeRows(context, row)];
  return [
    lazyRow(key, () => bridgeLine(context, row), object, whole),
    ...under.map((lineOf, index) => lazyRow(`${key} +${index + 1}`, lineOf, undefined, () => lineText(lineOf()), key)),
  ];
}

function uplinkColumns({ view, ascii }: PaneContext): Column<UplinkRow>[] {
  const trustAt = (index: 0 | 1): Trust => trustOfNet(view, view.hosts[index].id, undefined);
  const cell = (index: 0 | 1): Column<UplinkRow> => ({
    title: hostTitle(view.hosts[index], view.now_ms),
    drop: 0,
    min: 12,
    max: 60,
    cell: ({ nodes }) => {
      const node = nodes[index];
      if (node === undefined) return missing(view.hosts[index], ascii);
      const facts = [...(node.mtu === undefined ? [] : [`mtu ${node.mtu}`]), ...node.details];
      return [...judged(node.state, trustAt(index), ascii, { aged: true }), text(facts.length === 0 ? "" : `  ${facts.join("  ")}`, "dim")];
    },
  });
  return [
    {
      title: "  uplink",
      drop: 0,
      min: 10,
      max: 26,
      cell: (row) => [mark(row.severity, oldest([trustAt(0), trustAt(1)]), ascii), { text: ` ${row.name}`, bold: true }],
    },
    { title: "kind", drop: 1, min: 4, max: 12, cell: ({ kind }) => [text(kind, "dim")] },
    cell(0),
    cell(1),
  ];
}

function uplinkRows(context: PaneContext): PaneRow[] {
  const { view, width, ascii } = context;
  if (view.uplinks.length === 0) return [];
  const uplinks = [...view.uplinks].sort(
    (left, right) => severityRank(right.severity) - severityRank(left.severity) || byName(left.name, right.name),
  );
  const table = layOut(uplinkColumns(context), uplinks, { width, ascii, gap: 2 });
  return [
    heading("uplinks", "Uplinks"),
    ...table.header.map((line, index): PaneRow => ({ key: `uplink titles ${index}`, line, object: undefined })),
    ...uplinks.map((row, index) =>
      lazyRow(
        `uplink ${row.name}`,
        () => table.lineOf(index),
        { kind: "uplink", name: row.name },
        () => table.textOf(index),
      ),
    ),
  ];
}

function titles({ view, width }: PaneContext): Line[] {
  if (width < SIDE_BY_SIDE_WIDTH) return [];
  const left = view.hosts[0];
  const half = Math.floor((width - INDENT) / 2);
  const first = hostTitle(left, view.now_ms);
  return [
    [
      space(INDENT),
      { text: first, tone: "dim", bold: true },
      space(half - lineWidth([text(first)])),
      { text: hostTitle(view.hosts[1], view.now_ms), tone: "dim", bold: true },
    ],
  ];
}

function build(context: PaneContext): PaneContent {
  const { view, width } = context;
  const bridges = sorted(context).flatMap((row) => bridgeRows(context, row));
  const uplinks = uplinkRows(context);
  // An uplink that is worse off than any bridge is what the operator came for.
  const uplinks_first =
    severityRank(worst(view.uplinks.map(({ severity }) => severity))) > severityRank(worst(view.bridges.map(bridgeSeverity)));
  const rows = uplinks_first ? [...uplinks, heading("bridges", "Bridges"), ...bridges] : [...bridges, ...uplinks];
  return content(
    width,
    view.bridges.length === 0 ? [] : titles(context),
    rows,
    whyEmpty(view, "bridge", ["ip-link"], "Neither host has a bridge or an uplink."),
  );
}

export const network: Pane = { id: "network", key: "5", title: "Network", sorts, build };
