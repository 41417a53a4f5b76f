/**
 * What a rule is: the pair's joined view and its facts in, findings out. Pure. One file per group of rules, one table (index.ts).
 *
 * Rules speak about hosts that answer; what a silent host last told is covered by the finding about the host itself.
 */
import type { HostId, Pair } from "../../xen/model/ids.ts";
import { newest } from "../../xen/model/known.ts";
import type { FactsOf, ReadingId } from "../../xen/read/index.ts";
import { evidence, hostAnswers } from "../freshness.ts";
import { runbookFor } from "../runbooks/index.ts";
import { perFacts } from "../select/memo.ts";
import type { HostNet } from "../select/network-host.ts";
import { uplinkNode } from "../select/network-tree.ts";
import type { HostState, PairState } from "../state.ts";
import type { DrbdRow, Evidence, Finding, FindingAct, GuestRow, NetNode, PairView, Severity } from "../view-model.ts";

/** Everything of the view that findings are made from. */
export type JoinedView = Omit<PairView, "findings" | "severity" | "timeline">;

export interface RuleInput {
  readonly state: PairState;
  readonly now_ms: number;
  readonly view: JoinedView;
  readonly nets: Pair<HostNet>;
  /** Guest's key -> its name. */
  readonly names: ReadonlyMap<string, string>;
}

/**
 * A finding with what it is about, as tokens: `host:beta`, `guest:KEY`, `drbd:r2`, `net:alpha:eth1`, `path:alpha:sda`, `map:alpha:WWID`,
 * `store:alpha:nfs`, `bridge:xenbr0`, `reading:alpha:df`. A cause and its consequence share one.
 */
export interface Draft extends Finding {
  readonly about: readonly string[];
}

export interface Rule {
  /** `group.word`, unique: `drbd.split_brain`. */
  readonly id: string;
  readonly title: string;
  /** Rules whose findings are this one's consequences where they share a token. The relation has no cycle (tested). */
  readonly suppresses?: readonly string[];
  /** Its findings say why their guests couldn't run on the other host: the verdict needn't say it again. */
  readonly explains_restart?: true;
  /** Data is being destroyed while one reads: before all else. */
  readonly destroys_data?: true;
  /** The verdict: left out where findings that explain it name all of its guests. */
  readonly verdict?: true;
  /** For a row that is amber or red and of which no other rule speaks: left out without a word where one does. */
  readonly fallback?: true;
  readonly judge: (input: RuleInput) => readonly Draft[];
}

export interface DraftParts {
  readonly severity: Severity;
  readonly object: string;
  readonly cause: string;
  readonly next: string;
  readonly screen: Finding["screen"];
  readonly about: readonly string[];
  readonly evidence?: Finding["evidence"];
  /** Keys of guest rows; shown by name. */
  readonly guests?: Iterable<string>;
  readonly since_ms?: number | undefined;
  readonly act?: FindingAct | undefined;
}

export function draft(input: RuleInput, rule: string, parts: DraftParts): Draft {
  const { guests = [], evidence: claims = [], since_ms, act, ...rest } = parts;
  const runbook = runbookFor({ rule, severity: parts.severity });
  return {
    rule,
    ...rest,
    evidence: claims,
    at_risk: guestNames(input, guests),
    since_ms,
    ...(runbook === undefined ? {} : { runbook }),
    ...(act === undefined ? {} : { act }),
  };
}

/** An action as a finding's next step. What isn't known of its arguments is asked for when it is begun. */
export const act = (action: string, args: Readonly<Record<string, string | undefined>>): FindingAct => ({
  action,
  args: Object.fromEntries(Object.entries(args).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
});

export function guestNames({ names }: RuleInput, keys: Iterable<string>): string[] {
  return [...new Set([...keys].map((key) => names.get(key) ?? key))].sort(compare);
}

/** By code unit: the same order on every machine. */
export const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const answeringIds = perFacts(
  ({ state, now_ms }: RuleInput): ReadonlySet<HostId> => new Set(state.order.filter((id) => hostAnswers(state.hosts.get(id), now_ms))),
);
export const answers = (input: RuleInput, id: HostId): boolean => answeringIds(input).has(id);

/** The hosts that answer now. */
export function answering(input: RuleInput): HostState[] {
  return input.state.order.flatMap((id) => {
    const host = input.state.hosts.get(id);
    return host !== undefined && answers(input, id) ? [host] : [];
  });
}

export function peerOf({ state }: RuleInput, id: HostId): HostId {
  return state.order[0] === id ? state.order[1] : state.order[0];
}

/** What a host told last, only while it answers. */
export function facts<Id extends ReadingId>(input: RuleInput, id: HostId, reading: Id): FactsOf<Id> | undefined {
  const host = input.state.hosts.get(id);
  if (host === undefined || !answers(input, id)) return undefined;
  return newest(host.facts[reading]) as FactsOf<Id> | undefined;
}

export function claim(input: RuleInput, id: HostId, reading: ReadingId, text: string): Finding["evidence"][number] {
  const host = input.state.hosts.get(id);
  return { text, from: host === undefined ? undefined : evidence(host, reading, input.now_ms) };
}
export const said = (text: string, from?: Evidence): Finding["evidence"][number] => ({ text, from });

/** `42 s`, `7 min`, `3 h`, `2 days`. */
export function span(ms: number): string {
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.round(s / 60)} min`;
  return s < 172_800 ? `${Math.round(s / 3600)} h` : `${Math.round(s / 86_400)} days`;
}

/** `87 MiB`, `1.5 GiB`, `12 TiB`: rounded up, so that what is left never reads 0. */
export function size(kib: number): string {
  const [unit, name] = kib < 1024 ** 2 ? [1024, "MiB"] : kib < 1024 ** 3 ? [1024 ** 2, "GiB"] : [1024 ** 3, "TiB"];
  const value = kib / unit;
  return `${value >= 10 || unit === 1024 ? Math.ceil(value) : Math.ceil(value * 10) / 10} ${name}`;
}

/** `r0`, `r0 and r1`, `r0, r1, r2 and 37 more`. */
export function list(names: readonly string[], shown = 3): string {
  if (names.length <= 1) return names[0] ?? "nothing";
  if (names.length <= shown + 1) return `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  return `${names.slice(0, shown).join(", ")} and ${names.length - shown} more`;
}

/** Things of one kind that are wrong in one way make one finding: forty resources on a dead disk aren't forty findings. */
export function groupBy<T>(items: readonly T[], key: (item: T) => string): readonly (readonly T[])[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

export const unique = <T>(items: Iterable<T>): T[] => [...new Set(items)];

/** Guests of a host: those that run there, as far as is known. */
export function guestsOf({ view }: RuleInput, id: HostId): GuestRow[] {
  return view.guests.filter(({ host }) => host === id);
}

/** What a host has of one kind of storage, or one row of it. */
export const storeToken = (id: HostId, what: string): string => `store:${id}:${what}`;

export const drbdName = ({ resource, volume }: DrbdRow): string => (volume === 0 ? resource : `${resource}/${volume}`);

/** Tokens of an interface and of everything under it: losing eth1 takes bond0.7 with it. */
export function linkTokens({ nets }: RuleInput, id: HostId, ifname: string): string[] {
  const net = nets.find((candidate) => candidate.id === id);
  if (net === undefined) return [];
  const below = (node: NetNode): string[] => [node.name, ...node.children.flatMap(below)];
  return unique(below(uplinkNode(net, ifname))).map((name) => `net:${id}:${name}`);
}

/** The interfaces by which a host reaches `address`: those with an address in the same network; itself where the address is its own. */
export function routeTokens(input: RuleInput, id: HostId, address: string): string[] {
  const net = input.nets.find((candidate) => candidate.id === id);
  const bits = ipv4(address);
  if (net === undefined || bits === undefined) return [];
  const found = [...net.addresses.values()].flat().filter(({ family, address: own, prefix_length }) => {
    const value = family === "inet" ? ipv4(own) : undefined;
    const size = 2 ** (32 - prefix_length);
    return value !== undefined && prefix_length > 0 && Math.floor(value / size) === Math.floor(bits / size);
  });
  return unique(found.flatMap(({ ifname }) => linkTokens(input, id, ifname)));
}

/** `host:beta` where the address is one of beta's, as it last told them. */
export function ownerTokens({ nets }: RuleInput, address: string): string[] {
  const owners = nets.filter(({ addresses }) =>
    [...addresses.values()].flat().some((own) => own.scope === "global" && own.address === address),
  );
  return owners.map(({ id }) => `host:${id}`);
}

function ipv4(text: string): number | undefined {
  const octets = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?::\d{1,5})?$/.exec(text)?.slice(1).map(Number);
  return octets?.reduce((sum, octet) => sum * 256 + octet, 0);
}
