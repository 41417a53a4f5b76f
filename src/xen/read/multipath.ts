/** `multipathd show maps json` (0.6.2 and later): maps and their paths. Source: libmultipath/print.c; recordings multipathd-maps.json. */
import type { Multipath, MultipathMap, MultipathPath } from "../model/storage.ts";
import { failedWith, unanswered } from "./answer.ts";
import { CUT_NOTE, isObject, type JsonObject, listOf, numberOf, textOf } from "./json-objects.ts";
import { jsonRows } from "./json-rows.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading, unheard } from "./reading.ts";

/** `[undef]` is multipath's word for "doesn't apply". */
const given = (value: unknown): string | undefined => {
  const text = textOf(value)?.trim();
  return text === undefined || text === "" || text === "[undef]" || text === "undef" ? undefined : text;
};
const word = (value: unknown): string => textOf(value)?.trim() ?? "?";

function path(value: JsonObject): MultipathPath {
  const dm_state = word(value.dm_st);
  const dev_state = word(value.dev_st);
  const checker_state = word(value.chk_st);
  const marginal = textOf(value.marginal_st);
  return {
    dev: word(value.dev),
    dm_state,
    dev_state,
    checker_state,
    // For FC the port's own name: it is what sysfs calls it too.
    host_adapter: given(value.host_wwpn) ?? given(value.host_adapter),
    // For iSCSI the name stands under target_wwnn, for FC the port that matters is the wwpn.
    target: given(value.target_wwpn) ?? given(value.target_wwnn),
    marginal: marginal === undefined ? undefined : marginal !== "normal",
    usable: dm_state === "active" && dev_state === "running" && checker_state === "ready",
  };
}

function map(value: JsonObject): MultipathMap {
  const groups = listOf(value.path_groups).filter(isObject);
  const name = textOf(value.name) ?? textOf(value.uuid) ?? "?";
  const size = textOf(value.size);
  return {
    name,
    wwid: textOf(value.uuid) ?? name,
    dm_device: given(value.sysfs),
    dm_state: given(value.dm_st),
    queueing: given(value.queueing),
    path_faults: numberOf(value.path_faults),
    vendor: given(value.vend),
    product: given(value.prod),
    size_text: size,
    paths: groups.flatMap((group) => listOf(group.paths).filter(isObject)).map(path),
  };
}

const command = "multipathd show maps json";

export function parseMultipath(raw: RawOutput): ParseResult<Multipath> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("multipath isn't used");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const rows = jsonRows(stdout, "maps");
  // multipathd's own client waits 4 s for the daemon (uxsock_timeout, multipath.conf(5)); seen with the daemon stopped, 0.9.4.
  if (rows === undefined && /^timeout receiving packet/m.test(stdout)) return unheard(`${command}: multipathd doesn't answer`);
  if (rows === undefined) return failedWith(command, raw);
  return parsed({ maps: rows.objects.map(map), not_understood: truncated ? [...rows.not_understood, CUT_NOTE] : rows.not_understood });
}

export const multipath: Reading<Multipath> = {
  id: "multipath",
  title: "multipath maps and their paths",
  source: "multipathd show maps json",
  // A daemon that doesn't answer is a fault only where there are maps: without any, multipath is merely installed.
  script: `command -v multipathd >/dev/null || exit ${RC_ABSENT}
multipathd show maps json && exit 0
rc=$?
grep -qs '^mpath-' /sys/block/dm-*/dm/uuid || exit ${RC_ABSENT}
exit $rc`,
  cadence_s: 10,
  timeout_s: 10,
  bytes_max: 2_097_152,
  refreshed_by: ["kernel"],
  parse: parseMultipath,
};
