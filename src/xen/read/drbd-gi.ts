/**
 * Data generation identifiers: who has seen which writes. Two hosts whose current ones differ while neither knows the other's hold
 * different data.
 *
 * Two shapes are read, under a part's head each:
 * - `@@ debugfs`: lines `r0/volumes/0/data_gen_id:0x...` for all volumes with one command. 8.4: current, bitmap, history, history;
 *   9: current, a line `[1]0x... [2]0x...` of bitmaps by peer node, history. Source: drbd_debugfs.c device_data_gen_id_show().
 * - `@@ RESOURCE/VOLUME[/PEER NODE]`: what `drbdsetup get-gi` prints, `current:bitmap:history:history:flags...`,
 *   where there is no debugfs. Source: drbdtool_common.c dt_print_uuids(), dt_print_v9_uuids().
 */
import type { DrbdGenerations, DrbdGi } from "../model/drbd.ts";
import { failedWith, unanswered } from "./answer.ts";
import { clean } from "./clean.ts";
import { CUT_NOTE, NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { splitParts } from "./parts.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

const LINE_LENGTH_MAX = 4096;
const none = /^0+$/;
const fileLine = /^(.{1,256})\/volumes\/(\d{1,7})\/data_gen_id:(.*)$/;
const word = /^0x([0-9A-Fa-f]{16})$/;
const giLine = /^([0-9A-Fa-f]{16}):([0-9A-Fa-f]{16}):([0-9A-Fa-f]{16}):([0-9A-Fa-f]{16})((?::[01])+):?$/;

// The order of the 0/1 columns that get-gi prints: 8.4 has seven of its own, 9 has twelve.
const flagNames84 = ["consistent", "was_up_to_date", "primary", "connected", "full_sync", "peer_outdated", "crashed_primary"] as const;
const flagNames9 = [
  "consistent",
  "was_up_to_date",
  "primary",
  "crashed_primary",
  "al_clean",
  "al_disabled",
  "primary_lost_quorum",
  "connected",
  "peer_outdated",
  "peer_fencing",
  "full_sync",
  "peer_device_seen",
] as const;

const upper = (hex: string): string => hex.toUpperCase();
/** An identifier of only zeros is none. */
const given = (hex: string): string | undefined => (none.test(hex) ? undefined : upper(hex));

interface Draft {
  readonly name: string;
  readonly volume: number;
  readonly lines: string[];
}

/** One volume's lines of debugfs; undefined: not of either shape. */
function fromDebugfs({ name, volume, lines }: Draft): DrbdGenerations[] | undefined {
  const [first, second = "", ...rest] = lines;
  const current = word.exec(first ?? "")?.[1];
  const history = rest.map((line) => word.exec(line)?.[1]);
  if (current === undefined || history.includes(undefined)) return undefined;
  const one = (peer_node_id: number | undefined, bitmap: string): DrbdGenerations => ({
    name,
    volume,
    peer_node_id,
    current: given(current),
    bitmap: given(bitmap),
    history: history.flatMap((hex) => (hex === undefined || none.test(hex) ? [] : [upper(hex)])),
    flags: [],
  });
  const bitmap = word.exec(second)?.[1];
  if (bitmap !== undefined) return [one(undefined, bitmap)];
  const peers = second.split(" ").filter((text) => text !== "");
  // A peer that was never attached has no bitmap slot: still one row, so that the current identifier is told.
  if (peers.length === 0) return [one(undefined, "0")];
  const made = peers.map((text) => {
    const match = /^\[(\d{1,3})\]0x([0-9A-Fa-f]{16})$/.exec(text);
    return match === null ? undefined : one(Number(match[1]), match[2] ?? "");
  });
  return made.some((entry) => entry === undefined) ? undefined : made.flatMap((entry) => entry ?? []);
}

function debugfs(body: string, not_understood: string[]): DrbdGenerations[] {
  const drafts = new Map<string, Draft>();
  for (const line of body.split("\n")) {
    if (line === "") continue;
    const match = line.length > LINE_LENGTH_MAX ? null : fileLine.exec(line);
    if (match === null) {
      not_understood.push(clean(line));
      continue;
    }
    const key = `${match[1]}/${match[2]}`;
    const draft = drafts.get(key) ?? { name: clean(match[1] ?? ""), volume: Number(match[2]), lines: [] };
    drafts.set(key, draft);
    draft.lines.push((match[3] ?? "").trim());
  }
  return [...drafts.values()].flatMap((draft) => {
    const made = fromDebugfs(draft);
    if (made === undefined) not_understood.push(clean(`${draft.name}/${draft.volume}: ${draft.lines.join(" ")}`));
    return made ?? [];
  });
}

function fromGetGi(head: string, body: string): DrbdGenerations | undefined {
  const target = /^(.{1,256}?)\/(\d{1,7})(?:\/(\d{1,3}))?$/.exec(head);
  const values = giLine.exec(body.trim().slice(0, LINE_LENGTH_MAX));
  if (target === null || values === null) return undefined;
  const [, current = "", bitmap = "", younger = "", older = "", columns = ""] = values;
  const set = columns.split(":").slice(1);
  return {
    name: clean(target[1] ?? ""),
    volume: Number(target[2]),
    peer_node_id: target[3] === undefined ? undefined : Number(target[3]),
    current: given(current),
    bitmap: given(bitmap),
    history: [younger, older].filter((hex) => !none.test(hex)).map(upper),
    flags: (set.length > flagNames84.length ? flagNames9 : flagNames84).filter((_, index) => set[index] === "1"),
  };
}

const command = "reading generation identifiers";

export function parseDrbdGi(raw: RawOutput): ParseResult<DrbdGi> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("DRBD isn't loaded");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const not_understood: string[] = [];
  const generations: DrbdGenerations[] = [];
  for (const { head, body } of splitParts(stdout)) {
    if (head === "debugfs") generations.push(...debugfs(body, not_understood));
    else {
      const made = fromGetGi(head, body);
      if (made !== undefined) generations.push(made);
      // A diskless volume has none, and get-gi says so on standard error only.
      else if (body.trim() !== "") not_understood.push(clean(`${head}: ${body.trim()}`));
    }
  }
  const rest = not_understood.slice(0, NOT_UNDERSTOOD_MAX);
  if (generations.length === 0 && (rc !== 0 || rest.length > 0)) return failedWith(command, raw);
  return parsed({ generations, not_understood: truncated ? [...rest, CUT_NOTE] : rest });
}

export const drbdGi: Reading<DrbdGi> = {
  id: "drbd-gi",
  title: "DRBD data generations",
  source: "/sys/kernel/debug/drbd/resources/*/volumes/*/data_gen_id, else drbdsetup get-gi",
  // debugfs costs one process for any number of volumes. A diskless volume's file can't be read: grep says so and goes on.
  script: `[ -e /proc/drbd ] || exit ${RC_ABSENT}
if cd /sys/kernel/debug/drbd/resources 2>/dev/null; then
  set -- */volumes/*/data_gen_id
  [ -e "$1" ] || exit 0
  echo '@@ debugfs'
  grep -H . "$@" 2>/dev/null
  exit 0
fi
command -v drbdsetup >/dev/null || exit ${RC_ABSENT}
read -r _ version _ </proc/drbd
drbdsetup status --verbose | awk '
/^[^ #]/ { resource = $1; node = "" }
/^  [^ ]/ { node = ""
  if ($1 ~ /^volume:/) { volume = substr($1, 8); minor = substr($2, 7); print resource, volume, minor, "-" }
  else { node = $2; sub(/^node-id:/, "", node) } }
/^    volume:/ { print resource, substr($1, 8), "-", node }' | while read -r resource volume minor node; do
  case $version:$node in
  8.*:-) echo "@@ $resource/$volume"; drbdsetup get-gi "$minor" ;;
  8.*) ;;
  *:-) ;;
  *) echo "@@ $resource/$volume/$node"; drbdsetup get-gi "$resource" "$node" "$volume" ;;
  esac
done
exit 0`,
  cadence_s: 60,
  timeout_s: 15,
  bytes_max: 524_288,
  refreshed_by: ["drbd"],
  parse: parseDrbdGi,
};
