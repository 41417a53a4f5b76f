/** What the rules about DRBD share: sides on hosts that answer, and one finding for many volumes that share a fault. */
import type { HostId } from "../../xen/model/ids.ts";
import { perFacts } from "../select/memo.ts";
import type { DrbdRow, DrbdSide, FindingAct, Severity } from "../view-model.ts";
import {
  act,
  answers,
  compare,
  type Draft,
  draft,
  drbdName,
  groupBy,
  linkTokens,
  list,
  ownerTokens,
  type Rule,
  type RuleInput,
  said,
  unique,
} from "./rule.ts";

export interface Hit {
  readonly row: DrbdRow;
  readonly side: DrbdSide;
}

export const drbdToken = (resource: string): string => `drbd:${resource}`;

/** Four hundred volumes are gone through by twenty rules: once for all of them. */
const hitsByRow = perFacts(
  (input: RuleInput): ReadonlyMap<DrbdRow, readonly Hit[]> =>
    new Map(
      input.view.drbd.map((row) => [
        row,
        row.sides.filter((side) => side.present && answers(input, side.host)).map((side) => ({ row, side })),
      ]),
    ),
);
const allHits = perFacts((input: RuleInput): readonly Hit[] => [...hitsByRow(input).values()].flat());

/** A volume's sides that are up on hosts that answer. */
export const hitsOf = (input: RuleInput, row: DrbdRow): readonly Hit[] => hitsByRow(input).get(row) ?? [];

export const sides = (input: RuleInput): readonly Hit[] => allHits(input);

/** A Primary's or a guest's data is at stake; else only what could have been a good copy. */
export const inUse = ({ sides: both, guests }: DrbdRow): boolean => guests.length > 0 || both.some(({ role }) => role === "Primary");

export const connected = ({ connection }: DrbdSide): boolean => connection === "Connected";
/** Waiting for the peer or on the way there: not StandAlone, which waits for nobody. */
export const waiting = ({ connection }: DrbdSide): boolean => !["Connected", "StandAlone", "", "-", "unknown"].includes(connection);

const syncingWords = new Set(["SyncSource", "SyncTarget", "VerifyS", "VerifyT"]);
/** Syncing right now in either's eyes. */
export const syncing = ({ sides: both }: DrbdRow): boolean => both.some(({ replication }) => syncingWords.has(replication));

export interface DrbdWords {
  readonly severity: Severity;
  readonly cause: string;
  readonly next: string;
  readonly act?: FindingAct | undefined;
  readonly since_ms?: number | undefined;
}

/** `r0`, else the host they are on: the finding keeps its name while more of them join. */
export function objectOf(rows: readonly DrbdRow[], where: string): string {
  const names = unique(rows.map(drbdName));
  return names.length === 1 ? (names[0] ?? where) : where;
}

export function drbdDraft(
  input: RuleInput,
  rule: string,
  hits: readonly Hit[],
  where: string,
  words: DrbdWords,
  about: readonly string[] = [],
): Draft {
  const rows = unique(hits.map(({ row }) => row));
  return draft(input, rule, {
    ...words,
    object: objectOf(rows, where),
    evidence: hits.map(({ row, side }) => said(`${drbdName(row)} on ${side.host}: ${sideText(side)}`, side.evidence)),
    guests: rows.flatMap(({ guests }) => guests),
    screen: 3,
    about: [...unique(rows.map(({ resource }) => drbdToken(resource))).sort(compare), ...about],
  });
}

/** `Primary UpToDate, Connected, Established`. */
export function sideText(side: DrbdSide): string {
  return [`${side.role} ${side.disk}`, side.connection, side.replication]
    .filter((word) => word !== "" && word !== "-" && word !== "unknown")
    .join(", ");
}

/** An action on the resource, where it is one: several have one cause, and each is looked at by itself. */
export function actOn(
  hits: readonly Hit[],
  action: string,
  args: Readonly<Record<string, string | undefined>> = {},
): FindingAct | undefined {
  const [resource, another] = unique(hits.map(({ row }) => row.resource));
  return resource === undefined || another !== undefined ? undefined : act(action, { resource, ...args });
}

export const names = (hits: readonly Hit[]): string => list(unique(hits.map(({ row }) => drbdName(row))));
export const plural = (hits: readonly Hit[], one: string, many: string): string =>
  new Set(hits.map(({ row }) => row.key)).size === 1 ? one : many;

/** A rule that picks sides and says one thing of all it picked on a host. */
export function perHost(
  id: string,
  title: string,
  pick: (hit: Hit, input: RuleInput) => boolean,
  say: (hits: readonly Hit[], host: HostId, input: RuleInput) => DrbdWords,
  { suppresses = [], explains_restart = false }: { readonly suppresses?: readonly string[]; readonly explains_restart?: boolean } = {},
): Rule {
  return {
    id,
    title,
    suppresses,
    ...(explains_restart ? { explains_restart: true as const } : {}),
    judge: (input) =>
      groupBy(
        sides(input).filter((hit) => pick(hit, input)),
        ({ side }) => side.host,
      ).flatMap((hits) => {
        const host = hits[0]?.side.host;
        return host === undefined ? [] : [drbdDraft(input, id, hits, host, say(hits, host, input))];
      }),
  };
}

/** The same for a fault that is one on both sides: one finding for the pair. */
export function overBoth(
  id: string,
  title: string,
  pick: (hit: Hit) => boolean,
  say: (hits: readonly Hit[]) => DrbdWords,
  { suppresses = [], explains_restart = false }: { readonly suppresses?: readonly string[]; readonly explains_restart?: boolean } = {},
): Rule {
  return {
    id,
    title,
    suppresses,
    ...(explains_restart ? { explains_restart: true as const } : {}),
    judge: (input) => {
      const hits = sides(input).filter(pick);
      return hits.length === 0 ? [] : [drbdDraft(input, id, hits, "replication", say(hits))];
    },
  };
}

/** By which interfaces of their own these hosts replicate, and whose the peers' addresses are. */
export function replicationTokens(input: RuleInput, hits: readonly Hit[]): string[] {
  const bare = (address: string): string => address.replace(/:\d{1,5}$/, "").replace(/^\[(.*)\]$/, "$1");
  return input.nets.flatMap((net) => {
    const resources = new Set(hits.filter(({ side }) => side.host === net.id).map(({ row }) => row.resource));
    const known = input.state.hosts.get(net.id)?.facts["drbd-show"];
    const settings = known?.state === "known" ? known.value.resources.filter(({ name }) => resources.has(name)) : [];
    const own = new Set(settings.flatMap(({ local_address }) => (local_address === undefined ? [] : [bare(local_address)])));
    const peers = unique(settings.flatMap(({ peer_addresses }) => peer_addresses.map(bare)));
    const ifnames = [...net.addresses.values()].flat().flatMap(({ ifname, address }) => (own.has(address) ? [ifname] : []));
    return [
      ...unique(ifnames).flatMap((ifname) => linkTokens(input, net.id, ifname)),
      ...peers.flatMap((address) => ownerTokens(input, address)),
    ];
  });
}
