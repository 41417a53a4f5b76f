/** A bridge or an uplink: both hosts' trees whole, what differs, which guests hang on it. */
import type { BridgeRow, NetNode, UplinkRow } from "../../state/view-model.ts";
import type { PaneRow } from "../pane.ts";
import { guestFacts } from "./detail-drbd.ts";
import { type DetailContext, type Fact, fact, readingOf, readingsOf, section } from "./detail-parts.ts";
import { guestOf } from "./lookup.ts";
import { pairText, trustOfBridge, trustOfNet } from "./network.ts";
import { treeLines } from "./network-tree.ts";
import { judged, none, told, toldOr } from "./trust.ts";

export function bridgeRows(context: DetailContext, row: BridgeRow): PaneRow[] {
  const { view, ascii } = context;
  const trust = trustOfBridge(view, row);
  const facts: Fact[] = [
    fact("state", judged(row.state, trust, ascii, { aged: true }), row.evidence),
    fact("role", [told(row.role, trust)], row.evidence),
    fact("VLAN id", [told(pairText(row.vlan_id, view.hosts) ?? "none", trust)], row.evidence),
    fact("MTU", [toldOr(pairText(row.mtu, view.hosts), trust)], row.evidence),
    ...row.parity.map((said) => fact("difference", judged(said, trust, ascii), row.evidence)),
  ];
  return [
    ...section(context, "bridge", "Bridge", facts),
    ...([0, 1] as const).flatMap((index) => treeSection(context, row.trees[index], index, row.evidence[index])),
    ...section(context, "guests", "Guests on it", guestFacts(context, row.guests)),
  ];
}

function treeSection(
  context: DetailContext,
  tree: NetNode | undefined,
  index: 0 | 1,
  evidence: BridgeRow["evidence"][0] | undefined,
): PaneRow[] {
  const { view, ascii } = context;
  const host = view.hosts[index];
  const title = `On ${host.id}`;
  if (tree === undefined) {
    const absent = host.heard_ms === undefined ? toldOr(undefined, undefined) : none(ascii, `${host.id} doesn't have it`);
    return section(context, `tree ${index}`, title, [fact("", [absent], [evidence])]);
  }
  const lines = treeLines(tree, trustOfNet(view, host.id, evidence), ascii);
  const facts = lines.map(({ line, node }, at): Fact => {
    const guest = guestOf(view, node.guest);
    return fact("", line, at === lines.length - 1 ? [evidence] : [], guest && { kind: "guest", key: guest.key });
  });
  return section(context, `tree ${index}`, title, facts);
}

const holds = (node: NetNode | undefined, name: string): boolean =>
  node !== undefined && (node.name === name || node.children.some((child) => holds(child, name)));

export function uplinkRows(context: DetailContext, row: UplinkRow): PaneRow[] {
  const { view, ascii } = context;
  const bridges = view.bridges.filter(({ trees }) => trees.some((tree) => holds(tree, row.name)));
  const used = bridges.map((bridge) =>
    fact(bridge.name, judged(bridge.state, trustOfBridge(view, bridge), ascii, { aged: true }), bridge.evidence, {
      kind: "bridge",
      name: bridge.name,
    }),
  );
  return [
    ...section(context, "uplink", "Uplink", [fact("kind", [{ text: row.kind }], readingsOf(view, "ip-link"))]),
    ...([0, 1] as const).flatMap((index) =>
      treeSection(context, row.nodes[index], index, readingOf(view, view.hosts[index].id, "ip-link")),
    ),
    ...section(context, "bridges", "Bridges that it carries", used.length === 0 ? [fact("none", [none(ascii)])] : used),
  ];
}
