/**
 * `drbdsetup events2`: changes as they happen. Pushed by the probe line by line, not polled; these are its words and what they mean.
 *
 *   2026-11-22T20:11:43.417669+00:00 change device name:r0 volume:0 minor:0 disk:Failed size:131032 ...
 *
 * Source: drbdsetup_events2.c print_event(); recordings *-events2-*. The time stamp is there with --timestamps; drbd-utils of 8.4's
 * days number their lines (`12* change ...`).
 */
import type { DrbdEvent } from "../model/drbd.ts";
import { clean } from "./clean.ts";

/** Longer than any event; what is longer is no event. */
const LINE_LENGTH_MAX = 8192;
const FIELDS_MAX = 64;

const actions = ["exists", "create", "change", "destroy", "call", "response", "rename"] as const;
const objects = ["resource", "device", "connection", "peer-device", "path", "helper", "-"] as const;
const stamp = /^\d{4}-\d\d-\d\dT[\d:.]{8,20}(?:[+-]\d\d:?\d\d|Z)?$/;
const sequence = /^\d{1,10}\*?$/;

const known = <Word extends string>(words: readonly Word[], text: string): Word | { readonly other: string } =>
  words.find((word) => word === text) ?? { other: clean(text) };

/** undefined: the line is no event (a message, half a line). Total. */
export function parseEvents2Line(line: string): DrbdEvent | undefined {
  if (line.length > LINE_LENGTH_MAX) return undefined;
  const words = line.trim().split(/\s+/);
  const timestamp = stamp.test(words[0] ?? "") ? words.shift() : undefined;
  if (sequence.test(words[0] ?? "")) words.shift();
  const [action, object, ...rest] = words;
  if (action === undefined || object === undefined || !/^[a-z]{2,20}$/.test(action) || !/^(?:-|[a-z][a-z-]{1,20})$/.test(object))
    return undefined;
  const fields = new Map<string, string>();
  for (const word of rest.slice(0, FIELDS_MAX)) {
    // Values hold colons themselves: `local:ipv4:10.99.1.1:7788`.
    const colon = word.indexOf(":");
    if (colon > 0) fields.set(clean(word.slice(0, colon)), clean(word.slice(colon + 1)));
  }
  // Every event but the end of the dump names a resource; without one it is a sentence that happens to begin like an event.
  if (object !== "-" && !fields.has("name")) return undefined;
  return { timestamp, action: known(actions, action), object: known(objects, object), fields };
}

type Severity = "info" | "ok" | "warning" | "critical";
export interface DescribedEvent {
  /** `r0`, `r0/0` */
  readonly object: string;
  readonly text: string;
  readonly severity: Severity;
}
type Change = readonly [text: string, severity: Severity];

const rank: Readonly<Record<Severity, number>> = { info: 0, ok: 1, warning: 2, critical: 3 };

const ofWord = (words: Readonly<Record<string, Severity>>, word: string, otherwise: Severity): Severity =>
  Object.hasOwn(words, word) ? (words[word] ?? otherwise) : otherwise;

const diskSeverity = { UpToDate: "ok", Failed: "critical", Diskless: "critical", Inconsistent: "warning", Outdated: "warning" } as const;
const connectionSeverity = { Connected: "ok", StandAlone: "critical", Connecting: "warning", Unconnected: "info" } as const;
const replicationSeverity = {
  Established: "ok",
  PausedSyncS: "warning",
  PausedSyncT: "warning",
  Ahead: "warning",
  Behind: "warning",
} as const;
const helperSeverity: Readonly<Record<string, Severity>> = {
  "split-brain": "critical",
  "initial-split-brain": "critical",
  "pri-lost": "critical",
  "pri-lost-after-sb": "critical",
  "pri-on-incon-degr": "critical",
  "quorum-lost": "critical",
  "local-io-error": "critical",
  "out-of-sync": "warning",
  "fence-peer": "warning",
};

/** What each field's new value says; only fields that are a state, never the statistics. */
const states: Readonly<Record<string, Readonly<Record<string, (value: string) => Change | undefined>>>> = {
  resource: {
    role: (value) => [`role ${value}`, "info"],
    suspended: (value) => (value === "no" ? ["I/O goes on", "ok"] : [`I/O suspended: ${value}`, "critical"]),
  },
  device: {
    disk: (value) => [`disk ${value}`, ofWord(diskSeverity, value, "info")],
    quorum: (value) => (value === "no" ? ["quorum lost", "critical"] : undefined),
  },
  connection: {
    connection: (value) => [`connection ${value}`, ofWord(connectionSeverity, value, "warning")],
    role: (value) => [`peer's role ${value}`, "info"],
  },
  "peer-device": {
    replication: (value) => [`replication ${value}`, value === "Off" ? "warning" : ofWord(replicationSeverity, value, "info")],
    "peer-disk": (value) => [`peer's disk ${value}`, ofWord(diskSeverity, value, "info")],
    "resync-suspended": (value) => (value === "no" ? ["resync goes on", "info"] : [`resync paused by ${value}`, "warning"]),
  },
  path: {
    established: (value) => (value === "yes" ? ["path established", "ok"] : ["path not established", "warning"]),
  },
};

function changes(object: string, fields: ReadonlyMap<string, string>): Change[] {
  return Object.entries(states[object] ?? {}).flatMap(([key, describe]) => {
    const value = fields.get(key);
    const change = value === undefined ? undefined : describe(value);
    return change === undefined ? [] : [change];
  });
}

function helper(action: string, fields: ReadonlyMap<string, string>): Change[] {
  const name = fields.get("helper") ?? "?";
  const status = fields.get("status");
  if (action === "call") return [[`handler ${name} called`, ofWord(helperSeverity, name, "info")]];
  if (action !== "response") return [];
  return status === undefined || status === "0" ? [] : [[`handler ${name} ended with ${status}`, "warning"]];
}

const gone: Readonly<Record<string, Change>> = {
  resource: ["resource down", "warning"],
  device: ["device removed", "warning"],
  // On 8.4 this is what StandAlone and `down` look like.
  connection: ["connection removed", "warning"],
};

/** One line for the timeline; undefined: nothing that is a change of state (a dump, statistics, an empty change). */
export function describeEvent({ action, object, fields }: DrbdEvent): DescribedEvent | undefined {
  if (typeof action !== "string" || typeof object !== "string" || action === "exists" || object === "-") return undefined;
  const told = object === "helper" ? helper(action, fields) : action === "destroy" ? [gone[object]] : changes(object, fields);
  const said = told.flatMap((change) => (change === undefined ? [] : [change]));
  if (said.length === 0) return undefined;
  const name = fields.get("name") ?? "?";
  const volume = fields.get("volume");
  const severity = said.reduce<Severity>((worst, [, next]) => (rank[next] > rank[worst] ? next : worst), "info");
  return { object: volume === undefined ? name : `${name}/${volume}`, text: said.map(([text]) => text).join(", "), severity };
}
