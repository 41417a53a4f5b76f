/** Rules about NICs, bonds and bridges (2-domain, signatures 42 and 43). */
import type { HostId } from "../../xen/model/ids.ts";
import type { BridgeRow, FindingAct, NetNode, Severity } from "../view-model.ts";
import { act, answers, claim, type Draft, draft, groupBy, list, type Rule, type RuleInput, said, span, unique } from "./rule.ts";

const nodes = (node: NetNode | undefined): NetNode[] => (node === undefined ? [] : [node, ...node.children.flatMap(nodes)]);
const uplinksIn = (tree: NetNode | undefined): NetNode[] => nodes(tree).filter(({ guest }) => guest === undefined);

/** Guests on a host whose bridges leave it by this interface. */
function guestsBehind(input: RuleInput, host: HostId, ifname: string): string[] {
  const index = input.state.order[0] === host ? 0 : 1;
  const behind = input.view.bridges.filter(({ trees }) => uplinksIn(trees[index]).some(({ name }) => name === ifname));
  const names = new Set(behind.flatMap(({ trees }) => nodes(trees[index]).flatMap(({ guest }) => guest ?? [])));
  return input.view.guests
    .filter(({ name, placements }) => names.has(name) && placements.some((place) => place.host === host))
    .map(({ key }) => key);
}

function addressesOf(input: RuleInput, host: HostId, ifname: string): string[] {
  const net = input.nets.find(({ id }) => id === host);
  return (net?.addresses.get(ifname) ?? []).filter(({ scope }) => scope === "global").map(({ address }) => address);
}

interface Lost {
  readonly host: HostId;
  readonly node: NetNode;
}

const changedSince = (input: RuleInput, host: HostId): number | undefined => {
  const known = input.state.hosts.get(host)?.facts["ip-link"];
  return known?.state === "known" ? known.changed_ms : undefined;
};

const carrier: Rule = {
  id: "net.carrier",
  title: "a link that is relied on is down",
  suppresses: ["drbd.connecting", "drbd.flapping", "storage.iscsi", "storage.nfs", "net.degraded"],
  judge: (input) =>
    input.view.uplinks.flatMap((row): Draft[] => {
      const lost = row.nodes.flatMap((node, index): Lost[] => {
        const host = input.state.order[index];
        return node !== undefined && host !== undefined && answers(input, host) && node.state.severity === "critical"
          ? [{ host, node }]
          : [];
      });
      if (lost.length === 0) return [];
      const hosts = lost.map(({ host }) => host);
      const addresses = lost.flatMap(({ host }) => addressesOf(input, host, row.name));
      const carried = addresses.length > 0 ? ` (${list(addresses)})` : "";
      return [
        draft(input, "net.carrier", {
          severity: "critical",
          object: row.name,
          cause: `${row.name}${carried} on ${hosts.join(" and ")}: ${unique(lost.map(({ node }) => node.state.text)).join(", ")}`,
          evidence: lost.map(({ host, node }) => claimOf(input, host, `${node.name}: ${[node.state.text, ...node.details].join(", ")}`)),
          guests: lost.flatMap(({ host }) => guestsBehind(input, host, row.name)),
          next: `5: look at the cable, the switch port and the NIC of ${row.name} on ${hosts.join(" and ")}`,
          screen: 5,
          about: lost.flatMap(({ host, node }) => nodes(node).map(({ name }) => `net:${host}:${name}`)),
          since_ms: lost.length === 1 && lost[0] !== undefined ? changedSince(input, lost[0].host) : undefined,
        }),
      ];
    }),
};

const claimOf = (input: RuleInput, host: HostId, text: string) => claim(input, host, "ip-link", `${host}: ${text}`);

const degraded: Rule = {
  id: "net.degraded",
  title: "a bond has lost links, or ends of a network differ in MTU",
  judge: (input) =>
    input.view.uplinks.flatMap((row): Draft[] => {
      const found = row.nodes.flatMap((node, index): Lost[] => {
        const host = input.state.order[index];
        if (node === undefined || host === undefined || !answers(input, host) || node.state.severity === "critical") return [];
        return [node, ...node.children].some(({ state }) => state.severity === "warning") ? [{ host, node }] : [];
      });
      if (found.length === 0) return [];
      const says = found.map(({ host, node }) => {
        const worst = node.state.severity === "warning" ? [node] : node.children.filter(({ state }) => state.severity === "warning");
        return `${host}: ${worst.map(({ name, state }) => `${name} ${state.text}`).join(", ")}`;
      });
      return [
        draft(input, "net.degraded", {
          severity: "warning",
          object: row.name,
          cause: `${row.name} is degraded on ${says.join("; ")}`,
          evidence: found.flatMap(({ host, node }) =>
            [node, ...node.children].map(({ name, state, details }) =>
              claimOf(input, host, `${name}: ${[state.text, ...details].join(", ")}`),
            ),
          ),
          guests: found.flatMap(({ host }) => guestsBehind(input, host, row.name)),
          next: `5: look at the lost link of ${row.name}; the next loss cuts it off`,
          screen: 5,
          about: found.flatMap(({ host, node }) => nodes(node).map(({ name }) => `net:${host}:${name}`)),
        }),
      ];
    }),
};

const graver = (severities: readonly Severity[]): Severity =>
  severities.includes("critical") ? "critical" : severities.includes("warning") ? "warning" : severities.includes("info") ? "info" : "ok";

/** Differences that a lost carrier isn't the cause of: that has a finding of its own. Only between two hosts that answer. */
function differences(input: RuleInput, { parity }: BridgeRow): BridgeRow["parity"] {
  if (!input.state.order.every((id) => answers(input, id))) return [];
  return parity.filter(
    ({ what, severity }) => what !== "carrier" && what !== "unjudged" && (severity === "critical" || severity === "warning"),
  );
}

/** Making it, where one host hasn't got it at all. */
function lacking(input: RuleInput, row: BridgeRow, found: BridgeRow["parity"]): FindingAct | undefined {
  const index = row.trees.indexOf(undefined);
  const host = input.state.order[index === -1 ? 0 : index];
  return index !== -1 && host !== undefined && found.some(({ what }) => what === "missing")
    ? act("net create", { bridge: row.name, on: host })
    : undefined;
}

const parity: Rule = {
  id: "net.parity",
  explains_restart: true,
  title: "a bridge differs between the hosts",
  judge: (input) =>
    input.view.bridges.flatMap((row): Draft[] => {
      const found = differences(input, row);
      if (found.length === 0) return [];
      const cut = found.some(({ severity }) => severity === "critical");
      return [
        draft(input, "net.parity", {
          severity: graver(found.map(({ severity }) => severity)),
          object: row.name,
          cause: `bridge ${row.name}: ${list(found.map(({ text }) => text))}${cut ? "; a guest that moves is cut off" : ""}`,
          evidence: [
            ...found.map(({ text }) => said(text)),
            ...row.evidence.map((from) => said(`bridge ${row.name} on ${from.host}`, from)),
          ],
          guests: row.guests,
          next: `5: make ${row.name} alike on both hosts before anything on it is migrated or failed over`,
          act: lacking(input, row, found),
          screen: 5,
          about: [`bridge:${row.name}`],
        }),
      ];
    }),
};

interface Detached {
  readonly row: BridgeRow;
  readonly index: number;
  readonly host: HostId;
  readonly node: NetNode;
}

function detachedPorts(input: RuleInput): Detached[] {
  return input.view.bridges.flatMap((row) =>
    row.trees.flatMap((tree, index) => {
      const host = input.state.order[index];
      if (host === undefined || !answers(input, host)) return [];
      const out = (tree?.children ?? []).filter(({ guest, state }) => guest !== undefined && state.severity === "critical");
      return out.map((node) => ({ row, index, host, node }));
    }),
  );
}

const detached: Rule = {
  id: "net.vif_detached",
  title: "a guest's interface isn't in its bridge",
  judge: (input) =>
    groupBy(detachedPorts(input), ({ host, node }) => `${host}|${node.guest}`).flatMap((ports): Draft[] => {
      const [first] = ports;
      if (first === undefined) return [];
      const { host } = first;
      const name = first.node.guest ?? first.node.name;
      const guest = input.view.guests.find((one) => one.name === name && one.placements.some((place) => place.host === host));
      const bridges = unique(ports.map(({ row }) => row.name));
      return [
        draft(input, "net.vif_detached", {
          severity: "critical",
          object: name,
          cause: `${name} on ${host}: ${list(ports.map(({ node }) => `${node.name} ${node.state.text}`))}`,
          evidence: ports.map(({ node, row, index }) =>
            said(`${node.name}: ${[node.state.text, ...node.details].join(", ")}`, row.evidence[index]),
          ),
          guests: guest === undefined ? [] : [guest.key],
          next: `5: look at ${list(bridges)} on ${host}; ${name} has no network there`,
          screen: 5,
          about: [`guest:${guest?.key ?? name}`, ...bridges.map((bridge) => `bridge:${bridge}`)],
        }),
      ];
    }),
};

const failedBridge: Rule = {
  id: "net.bridge_down",
  title: "a bridge with guests is down",
  suppresses: ["net.vif_detached"],
  judge: (input) =>
    input.view.bridges.flatMap((row) =>
      row.trees.flatMap((tree, index): Draft[] => {
        const host = input.state.order[index];
        if (host === undefined || tree === undefined || !answers(input, host) || tree.state.severity !== "critical") return [];
        const names = new Set(tree.children.flatMap(({ guest }) => guest ?? []));
        const since_ms = changedSince(input, host);
        return [
          draft(input, "net.bridge_down", {
            severity: names.size > 0 ? "critical" : "warning",
            object: row.name,
            cause: `bridge ${row.name} is down on ${host}${since_ms === undefined ? "" : `, for at least ${span(input.now_ms - since_ms)}`}`,
            evidence: [said(`${row.name} on ${host}: ${tree.state.text}`, row.evidence[index])],
            guests: input.view.guests
              .filter(({ name, placements }) => names.has(name) && placements.some((place) => place.host === host))
              .map(({ key }) => key),
            next: `5: find out who took ${row.name} down on ${host}, then set it up`,
            act: act("net port up", { port: row.name, on: host }),
            screen: 5,
            about: [`bridge:${row.name}`],
          }),
        ];
      }),
    ),
};

export const networkRules: readonly Rule[] = [carrier, degraded, failedBridge, detached, parity];
