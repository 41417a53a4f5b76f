/** A bridge of one host as a tree: its guests' vifs, then what carries it outside, down to the NIC. */
import type { NetNode } from "../../state/view-model.ts";
import type { Line, Span } from "../pane.ts";
import { severityTone, symbolsOf } from "../symbols.ts";
import { text } from "./parts.ts";
import { type Trust, told } from "./trust.ts";

export interface TreeLine {
  readonly node: NetNode;
  readonly line: Line;
}

/** vif -> guest; VLAN -> id; else what it is. */
function nodeSpans(node: NetNode, parent: NetNode | undefined, trust: Trust): Line {
  const bad = node.state.severity !== "ok";
  const facts: string[] = [
    ...(node.guest === undefined ? [] : [node.guest]),
    ...(node.vlan_id === undefined ? [] : [`id ${node.vlan_id}`]),
    // A MTU is worth a word where it isn't the one above it.
    ...(node.mtu === undefined || node.mtu === parent?.mtu ? [] : [`mtu ${node.mtu}`]),
    ...node.details,
  ];
  return [
    told(node.name, trust),
    text(` ${node.kind}`, "dim"),
    { text: " " },
    told(node.state.text, trust, { tone: bad ? severityTone[node.state.severity] : "dim" }),
    ...facts.map((fact): Span => told(`  ${fact}`, undefined, trust === undefined ? {} : { tone: "stale" })),
  ];
}

/** Deeper than this is drawn no further in: it couldn't be read. A VLAN on a bond on two NICs is four deep. */
const DEPTH_MAX = 12;

/** Trees stay the very same while nothing is told anew of their interfaces: drawn once, fresh or not, in either kind of symbols. */
const drawn = new WeakMap<NetNode, Map<string, readonly TreeLine[]>>();

export function treeLines(root: NetNode, trust: Trust, ascii: boolean): readonly TreeLine[] {
  const how = `${ascii} ${trust === undefined}`;
  const known = drawn.get(root) ?? new Map<string, readonly TreeLine[]>();
  drawn.set(root, known);
  const lines = known.get(how) ?? drawTree(root, trust, ascii);
  known.set(how, lines);
  return lines;
}

/** Of a trust it matters only whether there is a doubt: no line tells an age. */
function drawTree(root: NetNode, trust: Trust, ascii: boolean): readonly TreeLine[] {
  const { branch, last, through } = symbolsOf(ascii).tree;
  const lines: TreeLine[] = [];
  const walk = (node: NetNode, parent: NetNode | undefined, before: string, tip: string, depth: number): void => {
    lines.push({ node, line: [text(`${before}${tip}`, "dim"), ...nodeSpans(node, parent, trust)] });
    const inside = tip === "" ? "" : `${before}${tip === branch ? through : "  "}`;
    for (const [index, child] of node.children.entries()) {
      const is_last = index === node.children.length - 1;
      if (depth < DEPTH_MAX) walk(child, node, inside, is_last ? last : branch, depth + 1);
      else lines.push({ node: child, line: [text(`${inside}${last}`, "dim"), ...nodeSpans(child, node, trust)] });
    }
  };
  walk(root, undefined, "", "", 0);
  return lines;
}
