/** `lvs` and `vgs` as JSON, sizes in bytes. Source: lvs(8), vgs(8), lvmreport(7): attr columns, `vg_missing_pv_count`. */
import type { LogicalVolume, Lvm, VolumeGroup } from "../model/storage.ts";
import { failedWith, partial, unanswered } from "./answer.ts";
import { CUT_NOTE, type JsonObject, textOf } from "./json-objects.ts";
import { jsonRows, numberLike } from "./json-rows.ts";
import { splitParts } from "./parts.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

const logicalVolume = (row: JsonObject): LogicalVolume => ({
  // Hidden volumes stand in brackets.
  name: (textOf(row.lv_name) ?? "?").replace(/^\[(.*)\]$/, "$1"),
  vg: textOf(row.vg_name) ?? "?",
  size_bytes: numberLike(row.lv_size),
  attr: textOf(row.lv_attr) ?? "",
  pool: textOf(row.pool_lv),
  origin: textOf(row.origin),
  data_percent: numberLike(row.data_percent),
  metadata_percent: numberLike(row.metadata_percent),
  path: textOf(row.lv_path),
});

const volumeGroup = (row: JsonObject): VolumeGroup => ({
  name: textOf(row.vg_name) ?? "?",
  size_bytes: numberLike(row.vg_size),
  free_bytes: numberLike(row.vg_free),
  missing_pvs: numberLike(row.vg_missing_pv_count),
  attr: textOf(row.vg_attr) ?? "",
});

const command = "lvs and vgs";

export function parseLvm(raw: RawOutput): ParseResult<Lvm> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("LVM isn't installed");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const parts = splitParts(stdout);
  const body = (head: string): string | undefined => parts.find((part) => part.head === head)?.body;
  const lvs = jsonRows(body("lvs") ?? "", "lv", "report");
  const vgs = jsonRows(body("vgs") ?? "", "vg", "report");
  if (lvs === undefined && vgs === undefined) return failedWith(command, raw);
  const missing = [...(lvs === undefined ? ["(lvs printed no report)"] : []), ...(vgs === undefined ? ["(vgs printed no report)"] : [])];
  return parsed({
    volumes: (lvs?.objects ?? []).map(logicalVolume),
    groups: (vgs?.objects ?? []).map(volumeGroup),
    not_understood: [
      ...missing,
      ...(lvs?.not_understood ?? []),
      ...(vgs?.not_understood ?? []),
      ...partial(command, rc),
      ...(truncated ? [CUT_NOTE] : []),
    ],
  });
}

/**
 * lvs opens every block device to look for volumes. One whose server is dead (nbd) keeps it waiting in the kernel for as long, killed or not, with all the
 * others open; and a DRBD device that is open can't be made Secondary: on the lab a look at LVM left a guest's disk Primary where it had moved away from
 * (block-drbd: "Device is held open by someone"). Those that no volume lies on (no holder) are left out, before what the host's own filter says
 * (lvm.conf(5), filter: the first pattern that fits a name decides, and all names of a device count).
 */
const LEFT_OUT = [
  { kind: "drbd", major: 147 },
  { kind: "nbd", major: 43 },
];

export const lvm: Reading<Lvm> = {
  id: "lvm",
  title: "LVM volume groups, volumes and thin pools",
  source: "lvs, vgs",
  script: `command -v lvs >/dev/null || exit ${RC_ABSENT}
off= q='"'
set -- ${LEFT_OUT.map(({ kind, major }) => `${kind} ${major}`).join(" ")}
while [ $# -gt 0 ]; do
  ls /sys/block/"$1"[0-9]*/holders/* >/dev/null 2>&1 || off="$off,$q"'r|^/dev/'"$1|$q,$q"'r|^/dev/block/'"$2:|$q"
  shift 2
done
own=$(lvmconfig devices/filter 2>/dev/null)
case $own in 'filter=['*']') own=\${own#*[} own=,\${own%]};; "filter=$q"*) own=,\${own#*=};; *) own=;; esac
[ -z "$off" ] || set -- --config "devices{filter=[\${off#,}$own]}"
echo '@@ lvs'
lvs "$@" --reportformat json --units b --nosuffix -o lv_name,vg_name,lv_size,lv_attr,pool_lv,origin,data_percent,metadata_percent,lv_path
rc=$?
echo '@@ vgs'
vgs "$@" --reportformat json --units b --nosuffix -o vg_name,vg_size,vg_free,vg_missing_pv_count,vg_attr || rc=$?
exit $rc`,
  cadence_s: 60,
  timeout_s: 20,
  bytes_max: 1_048_576,
  refreshed_by: [],
  parse: parseLvm,
};
