/**
 * A recording as lines of JSON: what a session heard, in order, redacted. The first line is the header, every other one is a record.
 *
 *   {"format":"xenha-tui.recording/1","xenha_tui":"0.1.0","pair":"shop","hosts":["alpha","beta"],"started_ms":...,"time_zone":"Europe/Vienna",...}
 *   {"t":1234,"k":"link","h":0,"link":{"phase":"live","since_ms":...}}
 *   {"t":1240,"k":"frame","h":0,"frame":{"kind":"section","id":"xl-list","rc":0,"took_s":0.1,"truncated":false,"stdout":"..."}}
 *   {"t":1300,"k":"look"}
 *
 * t: milliseconds after started_ms, by the recording console's clock. A record with "key" repeats what was last known, so that a part of a recording
 * stands for itself; who has read the part before leaves it out. Within version 1 kinds and fields may be added, never removed or given another meaning:
 * a kind that isn't known is passed over and counted.
 */
import type { LinkState } from "../../xen/host/link.ts";
import type { ProbeFrame } from "../../xen/host/wire.ts";
import { hostId, type Pair } from "../../xen/model/ids.ts";
import { clean } from "../../xen/read/clean.ts";
import { redactRaw } from "../../xen/read/redact-raw.ts";
import type { Ack } from "../acks.ts";
import type { Msg } from "../msg.ts";

export const RECORDING_FORMAT = "xenha-tui.recording/1";
const FORMAT_NAME = "xenha-tui.recording/";

export interface RecordingHeader {
  readonly format: typeof RECORDING_FORMAT;
  /** The version that recorded it. */
  readonly xenha_tui: string;
  readonly pair: string;
  readonly hosts: Pair<string>;
  readonly started_ms: number;
  /** What clocks on the screen showed: IANA name; undefined: not known. */
  readonly time_zone: string | undefined;
  readonly simulated: boolean;
  /** As the session's config file had it; see state.ts. */
  readonly priority?: readonly string[];
  /** Names the session, whatever its files are called now. */
  readonly session: string;
  /** 1 for the first file; later ones go on where the one before ended. */
  readonly part: number;
}

/** A message that is kept. Of a look only the time: what it found is found again. */
export type Recorded = Exclude<Msg, { kind: "pair.looked_at" }> | { readonly kind: "pair.looked_at"; readonly at_ms: number };

export type RecordedItem =
  | { readonly kind: "msg"; readonly msg: Recorded; readonly key: boolean }
  /** So many records couldn't be written (a full disk, a disk that is too slow). */
  | { readonly kind: "gap"; readonly at_ms: number; readonly lost: number }
  | { readonly kind: "end"; readonly at_ms: number };

type Json = { readonly [name: string]: unknown };

export const encodeHeader = (header: RecordingHeader): string => `${JSON.stringify(header)}\n`;

/** Redacted: what leaves here may be given away. */
export function encodeMsg(msg: Msg | Recorded, { started_ms, hosts }: RecordingHeader, key = false): string {
  const head = { t: Math.round(msg.at_ms - started_ms), ...(key ? { key: 1 } : {}) };
  const at = (host: string): number => (host === hosts[1] ? 1 : 0);
  switch (msg.kind) {
    case "link.changed":
      return line({ ...head, k: "link", h: at(msg.host), link: redactedStrings(msg.link) });
    case "probe.told":
      return line({ ...head, k: "frame", h: at(msg.host), frame: frameJson(msg.frame) });
    case "pair.looked_at":
      return line({ ...head, k: "look" });
    case "finding.noted":
      return line({ ...head, k: "note", ack: redactedStrings(msg.ack) });
    case "finding.note_withdrawn":
      return line({ ...head, k: "unnote", key_of: redactRaw(msg.key), by: msg.by });
  }
}

export const encodeGap = (lost: number, at_ms: number, { started_ms }: RecordingHeader): string =>
  line({ t: Math.round(at_ms - started_ms), k: "gap", lost });
export const encodeEnd = (at_ms: number, { started_ms }: RecordingHeader): string => line({ t: Math.round(at_ms - started_ms), k: "end" });

const line = (value: Json): string => `${JSON.stringify(value)}\n`;

function redactedStrings<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).map(([name, item]: [string, unknown]) => [name, typeof item === "string" ? redactRaw(item) : item]),
  ) as T;
}

function frameJson(frame: ProbeFrame): Json {
  if (frame.kind === "hello")
    return { ...frame, fields: Object.fromEntries([...frame.fields].map(([name, value]) => [name, redactRaw(value)])) };
  return redactedStrings(frame);
}

export type HeaderResult = { readonly ok: true; readonly header: RecordingHeader } | { readonly ok: false; readonly why: string };

/** Names of guests that are read of a header. */
const PRIORITY_MAX = 1000;

/** As a header has it; absent where there is none. */
export const priorityOf = (value: unknown): Pick<RecordingHeader, "priority"> =>
  Array.isArray(value) ? { priority: value.slice(0, PRIORITY_MAX).flatMap((name) => (isText(name) ? [clean(name, 255)] : [])) } : {};

/** why: what to say after the file's name. */
export function decodeHeader(text: string): HeaderResult {
  const value = jsonOf(text);
  const format = value?.format;
  if (value === undefined || typeof format !== "string" || !format.startsWith(FORMAT_NAME))
    return { ok: false, why: "isn't a recording of xenha-tui" };
  if (format !== RECORDING_FORMAT)
    return {
      ok: false,
      why: `is a recording of another version (${clean(format, 60)}, by xenha-tui ${clean(String(value.xenha_tui), 40)}); this one reads ${RECORDING_FORMAT}`,
    };
  const { hosts, started_ms, pair, time_zone, session, part, priority } = value;
  if (
    !Array.isArray(hosts) ||
    hosts.length !== 2 ||
    !hosts.every((host) => typeof host === "string" && host !== "") ||
    typeof started_ms !== "number"
  )
    return { ok: false, why: "is hurt: its first line doesn't name two hosts and a time" };
  return {
    ok: true,
    header: {
      format: RECORDING_FORMAT,
      xenha_tui: clean(String(value.xenha_tui), 40),
      pair: clean(String(pair), 64),
      hosts: [clean(String(hosts[0]), 255), clean(String(hosts[1]), 255)],
      started_ms,
      time_zone: typeof time_zone === "string" ? time_zone : undefined,
      simulated: value.simulated === true,
      ...priorityOf(priority),
      session: typeof session === "string" ? session : "",
      part: typeof part === "number" ? part : 1,
    },
  };
}

/** undefined: a line that isn't whole (the end of a recording whose console was killed) or of a kind that isn't known. */
export function decodeItem(text: string, { started_ms, hosts }: RecordingHeader): RecordedItem | undefined {
  const value = jsonOf(text);
  if (value === undefined || typeof value.t !== "number") return undefined;
  const at_ms = started_ms + value.t;
  if (value.k === "gap") return { kind: "gap", at_ms, lost: typeof value.lost === "number" ? value.lost : 0 };
  if (value.k === "end") return { kind: "end", at_ms };
  const msg = msgOf(value, at_ms, hosts);
  return msg === undefined ? undefined : { kind: "msg", msg, key: value.key === 1 };
}

function msgOf(value: Json, at_ms: number, hosts: Pair<string>): Recorded | undefined {
  const host = hostId(hosts[value.h === 1 ? 1 : 0]);
  switch (value.k) {
    case "look":
      return { kind: "pair.looked_at", at_ms };
    case "link":
      return isLink(value.link) ? { kind: "link.changed", host, link: value.link, at_ms } : undefined;
    case "frame": {
      const frame = frameOf(value.frame);
      return frame === undefined ? undefined : { kind: "probe.told", host, frame, at_ms };
    }
    case "note":
      return isAck(value.ack)
        ? { kind: "finding.noted", ack: { ...value.ack, until_ms: value.ack.until_ms ?? undefined }, at_ms }
        : undefined;
    case "unnote":
      return typeof value.key_of === "string" && typeof value.by === "string"
        ? { kind: "finding.note_withdrawn", key: value.key_of, by: value.by, at_ms }
        : undefined;
    default:
      return undefined;
  }
}

function jsonOf(text: string): Json | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}

const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
const isNumber = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

type Shape = Readonly<Record<string, (value: unknown) => boolean>>;
const fits = (value: unknown, shape: Shape): boolean => isJson(value) && Object.entries(shape).every(([name, test]) => test(value[name]));

const links: Readonly<Record<LinkState["phase"], Shape>> = {
  idle: {},
  connecting: { hop: isText, since_ms: isNumber, attempt: isNumber },
  needs_auth: { hop: isText, what: isText, since_ms: isNumber },
  live: { since_ms: isNumber },
  unreachable: { hop: isText, reason: isText, since_ms: isNumber, retry_at_ms: isNumber, attempt: isNumber },
  refused: { hop: isText, reason: isText, advice: isText, since_ms: isNumber },
};

function isLink(value: unknown): value is LinkState {
  if (!isJson(value) || !isText(value.phase) || !Object.hasOwn(links, value.phase)) return false;
  return fits(value, links[value.phase as LinkState["phase"]]);
}

const isAck = (value: unknown): value is Ack & { readonly until_ms: number | undefined | null } =>
  fits(value, {
    key: isText,
    by: isText,
    at_ms: isNumber,
    severity: isText,
    at_risk: (guests) => Array.isArray(guests) && guests.every(isText),
    until_ms: (at_ms) => at_ms === undefined || at_ms === null || isNumber(at_ms),
  });

const isList = (value: unknown, of: (item: unknown) => boolean): boolean => Array.isArray(value) && value.every(of);
const frames: Readonly<Record<ProbeFrame["kind"], Shape>> = {
  hello: { uptime_s: isNumber, fields: (value) => isJson(value) && Object.values(value).every(isText) },
  beat: {
    uptime_s: isNumber,
    running: (value) => isList(value, (item) => fits(item, { id: isText, for_s: isNumber })),
    same: (value) => isList(value, isText),
  },
  section: { id: isText, rc: isNumber, took_s: isNumber, truncated: (value) => typeof value === "boolean", stdout: isText },
  event: { stream: isText, line: isText },
  bye: { reason: isText },
};

function frameOf(value: unknown): ProbeFrame | undefined {
  if (!isJson(value) || !isText(value.kind) || !Object.hasOwn(frames, value.kind)) return undefined;
  const kind = value.kind as ProbeFrame["kind"];
  if (!fits(value, frames[kind])) return undefined;
  const wall_s = isNumber(value.wall_s) ? value.wall_s : undefined;
  if (kind === "hello")
    return { ...(value as object), wall_s, fields: new Map(Object.entries(value.fields as Json)) } as unknown as ProbeFrame;
  return (kind === "beat" ? { ...(value as object), wall_s } : value) as unknown as ProbeFrame;
}
