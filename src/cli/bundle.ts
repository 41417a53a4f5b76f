/**
 * A support bundle: what both hosts last answered, raw but for secrets, as files that a person can read and this program can open again. A .tar.gz of
 *
 *   xenha-bundle/README.txt     what this is
 *   xenha-bundle/manifest.json  versions, hosts, and of each answer its command's status, its age and its file
 *   xenha-bundle/status.txt     what xenha-tui made of it
 *   xenha-bundle/alpha/xl-list.txt ...
 */
import { gzipSync } from "node:zlib";
import type { HostMsg } from "../state/msg.ts";
import { decodeItem, encodeMsg, priorityOf, RECORDING_FORMAT, type RecordedItem, type RecordingHeader } from "../state/recorder/format.ts";
import type { Recording, RecordingResult } from "../state/recorder/player.ts";
import { clean } from "../xen/read/clean.ts";
import { redactRaw } from "../xen/read/redact-raw.ts";
import { filesOfTar, type TarFile, tarOf } from "./tar.ts";

export const BUNDLE_FORMAT = "xenha-tui.bundle/1";
const FORMAT_NAME = "xenha-tui.bundle/";
const FOLDER = "xenha-bundle";

export interface BundleParts {
  readonly header: Omit<RecordingHeader, "part" | "format">;
  readonly collected_ms: number;
  readonly complete: boolean;
  /** What was last heard of both hosts (see keyframe.ts). */
  readonly messages: readonly HostMsg[];
  readonly status: string;
}

const README = `A support bundle of xenha-tui: what two Xen hosts answered, at one moment.

manifest.json names the hosts, versions, and every answer with its command's exit status and age.
status.txt is what xenha-tui made of the answers. The folders hold the answers as they came.
Passwords, keys and command lines of guests are taken out (***). Names, addresses and log lines are in it.

  xenha-tui status --from FILE     prints it as a status
  xenha-tui --from FILE            opens it on the screen
`;

const FOLDERS = ["host1", "host2"] as const;
/** A host's own name where it can be a folder's, else its number. */
const folderOf = (host: string, index: 0 | 1): string => (/^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$/.test(host) ? host : FOLDERS[index]);

/** Sections as files, everything else as it is in a recording. */
export function bundleFiles({ header, collected_ms, complete, messages, status }: BundleParts): TarFile[] {
  const of: RecordingHeader = { ...header, format: RECORDING_FORMAT, part: 1 };
  const files: TarFile[] = [];
  const records = messages.map((msg) => {
    const record = JSON.parse(encodeMsg(msg, of)) as { h: 0 | 1; frame?: { kind: string; id?: string; stdout?: string } };
    const { frame } = record;
    if (frame?.kind !== "section") return record;
    const name = `${FOLDER}/${folderOf(of.hosts[record.h], record.h)}/${frame.id}.txt`;
    files.push({ name, text: frame.stdout ?? "" });
    return { ...record, frame: { ...frame, stdout: undefined }, file: name };
  });
  const manifest = { ...header, format: BUNDLE_FORMAT, collected_ms, complete, records };
  return [
    { name: `${FOLDER}/README.txt`, text: README },
    { name: `${FOLDER}/manifest.json`, text: `${JSON.stringify(manifest, undefined, 1)}\n` },
    { name: `${FOLDER}/status.txt`, text: redactRaw(status) },
    ...files,
  ];
}

export const bundleBytes = (parts: BundleParts): Buffer => gzipSync(tarOf(bundleFiles(parts), parts.collected_ms));

type Json = { readonly [name: string]: unknown };
const isJson = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

/** A bundle is a recording of one moment. why: for after the file's name. */
export function readBundle(tar: Buffer): RecordingResult {
  const files = filesOfTar(tar);
  const manifest = parsed(files.get(`${FOLDER}/manifest.json`));
  const format = manifest?.format;
  if (manifest === undefined || typeof format !== "string" || !format.startsWith(FORMAT_NAME))
    return { ok: false, why: "isn't a bundle of xenha-tui" };
  if (format !== BUNDLE_FORMAT)
    return {
      ok: false,
      why: `is a bundle of another version (${clean(format, 60)}, by xenha-tui ${clean(String(manifest.xenha_tui), 40)}); this one reads ${BUNDLE_FORMAT}`,
    };
  const header = headerOf(manifest);
  const { records, collected_ms } = manifest;
  if (header === undefined || !Array.isArray(records) || typeof collected_ms !== "number")
    return { ok: false, why: "is hurt: its manifest isn't whole" };
  return { ok: true, recording: recordingOf(header, records, collected_ms, files) };
}

function parsed(text: string | undefined): Json | undefined {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isJson(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function headerOf({ xenha_tui, pair, hosts, started_ms, time_zone, simulated, session, priority }: Json): RecordingHeader | undefined {
  if (
    !Array.isArray(hosts) ||
    hosts.length !== 2 ||
    !hosts.every((host) => typeof host === "string" && host !== "") ||
    typeof started_ms !== "number"
  )
    return undefined;
  return {
    format: RECORDING_FORMAT,
    xenha_tui: clean(String(xenha_tui), 40),
    pair: clean(String(pair), 64),
    hosts: [clean(String(hosts[0]), 255), clean(String(hosts[1]), 255)],
    started_ms,
    time_zone: typeof time_zone === "string" ? time_zone : undefined,
    simulated: simulated === true,
    ...priorityOf(priority),
    session: typeof session === "string" ? session : "",
    part: 1,
  };
}

function recordingOf(
  header: RecordingHeader,
  records: readonly unknown[],
  collected_ms: number,
  files: ReadonlyMap<string, string>,
): Recording {
  let strange = 0;
  const items = records.flatMap((record): RecordedItem[] => {
    const whole =
      isJson(record) && typeof record.file === "string" && isJson(record.frame)
        ? { ...record, frame: { ...record.frame, stdout: files.get(record.file) } }
        : record;
    const item = decodeItem(JSON.stringify(whole), header);
    if (item === undefined) strange += 1;
    return item === undefined ? [] : [item];
  });
  return { header, items: [...items, { kind: "end", at_ms: collected_ms }], strange, whole: true };
}
