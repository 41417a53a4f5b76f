/**
 * `drbdsetup status [--verbose] [--statistics]` as text: what an 8.4 kernel's tools print, and what 9's print without --json.
 *
 * Depth is told by indentation: a resource at 0, its devices and connections at 2, a connection's volumes at 4; anything deeper,
 * or a word deeper than where it could begin something, continues what is above it (lines are wrapped at 80 columns).
 * Source: drbdsetup.c *_status() and wrap_printf.c; recordings healthy, resync, splitbrain, drbd9-resync.
 */
import type { DrbdConnection, DrbdResource, DrbdStatus, DrbdVolume, PeerVolume } from "../model/drbd.ts";
import { clean } from "./clean.ts";
import { connectionOf, diskOf, replicationOf, roleOf } from "./drbd-words.ts";
import { NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { numberLike } from "./json-rows.ts";
import { perText } from "./same-text.ts";

/** A status line is wrapped at 80 columns; one word can be longer, but not this long. */
const LINE_LENGTH_MAX = 4096;
const MIB_IN_KIB = 1024;
/** drbdsetup prints this many seconds where the rate is zero or negative. */
export const ETA_NEVER_S = 987_654_321;

/**
 * `key:value` words of one thing, as they were printed, a space before and after each: most of them nobody asks for, and a host tells four hundred
 * volumes. Each word is split at its first colon; of a key that comes twice the last one counts.
 */
class Fields {
  #text = " ";
  add(words: string): void {
    this.#text += `${words} `;
  }
  get(key: string): string | undefined {
    const begin = this.#text.lastIndexOf(` ${key}:`);
    if (begin === -1) return undefined;
    const from = begin + key.length + 2;
    return this.#text.slice(from, this.#text.indexOf(" ", from));
  }
  has(key: string): boolean {
    return this.#text.includes(` ${key}:`);
  }
}

interface ConnectionDraft {
  readonly name: string;
  readonly fields: Fields;
  readonly volumes: Fields[];
}
interface ResourceDraft {
  readonly name: string;
  readonly fields: Fields;
  readonly devices: Fields[];
  readonly connections: ConnectionDraft[];
}

interface Cursor {
  readonly resources: ResourceDraft[];
  readonly not_understood: string[];
  /** What a continuation line belongs to; undefined: to nothing that was understood. */
  fields: Fields | undefined;
  resource: ResourceDraft | undefined;
  connection: ConnectionDraft | undefined;
}

/** Words without a key. */
const strangeIn = (words: string): string[] => words.split(" ").filter((word) => word.indexOf(":") <= 0);
/** Nothing but words with keys, one space between them: what is printed nearly always, and needn't be taken apart to know that. */
const keyed = /^(?:[^\s:]+:\S*(?: (?!$)|$))+$/;

/** Where the line's words go; undefined: it belongs to nothing. */
function place(cursor: Cursor, depth: number, words: string): { fields: Fields; rest: string } | undefined {
  const fields = new Fields();
  if (depth === 0) {
    cursor.connection = undefined;
    cursor.resource = undefined;
    // Anything else that isn't indented is a message; what is below it must not land in the resource above.
    if (!words.startsWith("role:") && !words.includes(" role:")) return undefined;
    cursor.resource = { name: clean(firstOf(words)), fields, devices: [], connections: [] };
    cursor.resources.push(cursor.resource);
    return { fields, rest: afterFirst(words) };
  }
  const { resource } = cursor;
  if (resource === undefined) return undefined;
  if (depth <= 2) {
    if (/^(?:volume|minor|disk):/.test(words)) {
      cursor.connection = undefined;
      resource.devices.push(fields);
      return { fields, rest: words };
    }
    cursor.connection = { name: clean(firstOf(words)), fields, volumes: [] };
    resource.connections.push(cursor.connection);
    return { fields, rest: afterFirst(words) };
  }
  if (depth <= 4 && cursor.connection !== undefined && /^(?:volume|replication|peer-disk):/.test(words)) {
    cursor.connection.volumes.push(fields);
    return { fields, rest: words };
  }
  return cursor.fields === undefined ? undefined : { fields: cursor.fields, rest: words };
}

/** More than one space somewhere, or another blank. */
const spaced = / {2}|[^\S ]/;
const firstOf = (words: string): string => (words.includes(" ") ? words.slice(0, words.indexOf(" ")) : words);
const afterFirst = (words: string): string => (words.includes(" ") ? words.slice(words.indexOf(" ") + 1) : "");

function readLine(cursor: Cursor, line: string): void {
  const trimmed = line.trim();
  // `# No currently configured DRBD found.` is how no resources are told.
  if (trimmed === "" || trimmed.startsWith("#")) return;
  const words = line.length > LINE_LENGTH_MAX ? "" : spaced.test(trimmed) ? trimmed.replace(/\s+/g, " ") : trimmed;
  const target = words === "" ? undefined : place(cursor, line.search(/\S/), words);
  cursor.fields = target?.fields;
  if (target !== undefined) target.fields.add(target.rest);
  if (target !== undefined && (target.rest === "" || keyed.test(target.rest))) return;
  const strange = target === undefined ? [trimmed] : strangeIn(target.rest);
  if (strange.length > 0 && cursor.not_understood.length < NOT_UNDERSTOOD_MAX) cursor.not_understood.push(clean(strange.join(" ")));
}

const count = (fields: Fields, key: string): number | undefined => numberLike(fields.get(key));
const yes = (fields: Fields, key: string): boolean | undefined => (fields.has(key) ? fields.get(key) === "yes" : undefined);
function mapped<T>(fields: Fields, key: string, of: (text: string) => T): T | undefined {
  const text = fields.get(key);
  return text === undefined ? undefined : of(text);
}
const scaled = (value: number | undefined, factor: number): number | undefined =>
  value === undefined ? undefined : Math.round(value * factor);

function peerVolume(fields: Fields, size_kib: number | undefined): PeerVolume {
  const out_of_sync_kib = count(fields, "out-of-sync");
  const eta = fields.get("eta");
  const eta_s = count(fields, "eta");
  const never = eta !== undefined && (eta_s === undefined || eta_s >= ETA_NEVER_S);
  return {
    replication: mapped(fields, "replication", replicationOf),
    peer_disk: mapped(fields, "peer-disk", diskOf),
    resync_suspended: mapped(fields, "resync-suspended", clean),
    out_of_sync_kib,
    in_sync_percent:
      size_kib === undefined || size_kib <= 0 || out_of_sync_kib === undefined
        ? undefined
        : Math.min(100, Math.max(0, 100 * (1 - out_of_sync_kib / size_kib))),
    received_kib: count(fields, "received"),
    sent_kib: count(fields, "sent"),
    sync:
      fields.has("done") || eta !== undefined
        ? {
            done_percent: count(fields, "done"),
            rate_recent_kib_s: scaled(count(fields, "dbdt1"), MIB_IN_KIB),
            rate_average_kib_s: undefined,
            rate_wanted_kib_s: undefined,
            eta_s: never ? undefined : eta_s,
            not_converging: never,
            stalled: false,
          }
        : undefined,
  };
}

function device(fields: Fields): DrbdVolume {
  const blocked = fields.get("blocked");
  return {
    volume: count(fields, "volume") ?? 0,
    minor: count(fields, "minor"),
    disk: mapped(fields, "disk", diskOf),
    client: yes(fields, "client"),
    quorum: yes(fields, "quorum"),
    size_kib: count(fields, "size"),
    upper_pending: count(fields, "upper-pending"),
    lower_pending: count(fields, "lower-pending"),
    blocked: blocked === undefined ? undefined : clean(blocked),
  };
}

function connection(draft: ConnectionDraft, volumes: readonly DrbdVolume[]): DrbdConnection {
  // Without --verbose a connection that is up isn't called Connected, its peer's role alone says so.
  const told = draft.fields.get("connection");
  const size = new Map(volumes.map((volume) => [volume.volume, volume.size_kib]));
  return {
    name: draft.name,
    peer_node_id: count(draft.fields, "node-id"),
    connection: told !== undefined ? connectionOf(told) : draft.fields.has("role") ? "Connected" : { other: "not told" },
    peer_role: mapped(draft.fields, "role", roleOf),
    congested: yes(draft.fields, "congested"),
    volumes: new Map(
      draft.volumes.map((fields) => {
        const number = count(fields, "volume") ?? 0;
        return [number, peerVolume(fields, size.get(number))] as const;
      }),
    ),
  };
}

function resource(draft: ResourceDraft): DrbdResource {
  const volumes = draft.devices.map(device);
  const role = draft.fields.get("role");
  return {
    name: draft.name,
    role: role === undefined ? { other: "not told" } : roleOf(role),
    suspended: clean(draft.fields.get("suspended") ?? "no"),
    volumes,
    connections: draft.connections.map((connected) => connection(connected, volumes)),
  };
}

function readStanza(stanza: string): DrbdStatus {
  const cursor: Cursor = { resources: [], not_understood: [], fields: undefined, resource: undefined, connection: undefined };
  for (const line of stanza.split("\n")) readLine(cursor, line);
  return { resources: cursor.resources.map(resource), not_understood: cursor.not_understood };
}

/** Two hosts with some hundreds of resources each. */
const STANZAS_KEPT_MAX = 1024;
const stanzaRead = perText(STANZAS_KEPT_MAX, readStanza);

/** Indented, empty, or a remark, of which nothing is read. The expression for what no drbdsetup prints. */
const continues = (text: string, at: number): boolean => {
  const code = text.charCodeAt(at);
  return code === SPACE || code === LINE_FEED || code === REMARK || ((code < SPACE || code > ASCII_MAX) && /\s/.test(text.charAt(at)));
};
const [SPACE, LINE_FEED, REMARK, ASCII_MAX] = [32, 10, 35, 126];

/** Each line that isn't indented begins something that has nothing to do with what is above it. */
function* stanzas(stdout: string): Generator<string> {
  let from = 0;
  for (let end = stdout.indexOf("\n"); end !== -1; end = stdout.indexOf("\n", end + 1)) {
    if (continues(stdout, end + 1)) continue;
    yield stdout.slice(from, end);
    from = end + 1;
  }
  yield stdout.slice(from);
}

/** Total; a line that belongs to nothing is kept as text. */
export function drbdStatusFromText(stdout: string): DrbdStatus {
  const resources: DrbdResource[] = [];
  const not_understood: string[] = [];
  for (const stanza of stanzas(stdout)) {
    const read = stanzaRead(stanza);
    resources.push(...read.resources);
    not_understood.push(...read.not_understood);
  }
  return { resources, not_understood: not_understood.slice(0, NOT_UNDERSTOOD_MAX) };
}
