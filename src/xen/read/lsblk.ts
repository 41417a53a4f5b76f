/** `lsblk -J -b`: block devices and what lies on what, flattened. Source: lsblk(8); recordings lsblk-short.json, lsblk.json. */
import type { BlockDevice, BlockDevices } from "../model/storage.ts";
import { failedWith, unanswered } from "./answer.ts";
import { CUT_NOTE, isObject, type JsonObject, listOf, NOT_UNDERSTOOD_MAX, textOf } from "./json-objects.ts";
import { jsonRows, numberLike } from "./json-rows.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

/** More than any dom0 has; a tree that goes on beyond it is cut. */
const DEVICES_MAX = 20_000;

/** serial, model and the like are padded with blanks. */
const trimmed = (value: unknown): string | undefined => {
  const text = textOf(value)?.trim();
  return text === "" ? undefined : text;
};

function device(row: JsonObject, kname: string): BlockDevice {
  const mountpoints = [...listOf(row.mountpoints), row.mountpoint].flatMap((value) => textOf(value) ?? []);
  return {
    name: textOf(row.name) ?? kname,
    kname,
    path: textOf(row.path),
    type: textOf(row.type) ?? "?",
    size_bytes: numberLike(row.size),
    mountpoints: [...new Set(mountpoints)],
    wwn: trimmed(row.wwn),
    serial: trimmed(row.serial),
    model: trimmed(row.model),
    transport: trimmed(row.tran),
    state: trimmed(row.state),
    maj_min: trimmed(row["maj:min"]),
    parents: [],
  };
}

interface Pending {
  readonly row: JsonObject;
  readonly parent: string | undefined;
}

/** A device with several parents (a multipath map) is printed under each: one entry, all parents. Without recursion: depth isn't trusted. */
function flattened(rows: readonly JsonObject[], not_understood: string[]): BlockDevice[] {
  const found = new Map<string, { device: BlockDevice; parents: Set<string> }>();
  const stack: Pending[] = rows.map((row) => ({ row, parent: undefined })).reverse();
  let seen = 0;
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    seen += 1;
    if (seen > DEVICES_MAX) {
      not_understood.push(`(more than ${DEVICES_MAX} block devices)`);
      break;
    }
    const kname = textOf(next.row.kname) ?? textOf(next.row.name);
    if (kname === undefined) not_understood.push("(a block device without a name)");
    const key = kname ?? "?";
    const entry = found.get(key) ?? { device: device(next.row, key), parents: new Set<string>() };
    found.set(key, entry);
    const parent = next.parent ?? textOf(next.row.pkname);
    if (parent !== undefined) entry.parents.add(parent);
    const children = listOf(next.row.children).filter(isObject);
    for (const row of children.reverse()) stack.push({ row, parent: key });
  }
  return [...found.values()].map(({ device: made, parents }) => ({ ...made, parents: [...parents] }));
}

const command = "lsblk";

export function parseLsblk(raw: RawOutput): ParseResult<BlockDevices> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("lsblk isn't installed");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const rows = jsonRows(stdout, "blockdevices");
  if (rows === undefined) {
    return failedWith(command, raw);
  }
  const not_understood = [...rows.not_understood];
  const devices = flattened(rows.objects, not_understood);
  return parsed({ devices, not_understood: [...not_understood.slice(0, NOT_UNDERSTOOD_MAX), ...(truncated ? [CUT_NOTE] : [])] });
}

export const lsblk: Reading<BlockDevices> = {
  id: "lsblk",
  title: "block devices and what they lie on",
  source: "lsblk -J -b",
  // MOUNTPOINTS is of util-linux 2.37; before that there is MOUNTPOINT, and PATH only since 2.33.
  script: `command -v lsblk >/dev/null || exit ${RC_ABSENT}
columns=NAME,KNAME,TYPE,SIZE,WWN,SERIAL,MODEL,TRAN,STATE,MAJ:MIN,PKNAME
lsblk -J -b -o "$columns,PATH,MOUNTPOINTS" || lsblk -J -b -o "$columns,MOUNTPOINT"`,
  cadence_s: 120,
  timeout_s: 10,
  bytes_max: 2_097_152,
  refreshed_by: [],
  parse: parseLsblk,
};
