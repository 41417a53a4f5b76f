/**
 * Fibre Channel ports and NPIV virtual ports from sysfs. Source: drivers/scsi/scsi_transport_fc.c, fc_port_state_names and
 * fc_vport_state_names; no recording: the lab has no FC.
 *
 * One part per port (`@@ host3`) and per virtual port (`@@ vport-3:0-1`), lines `attribute=value`.
 */
import type { FcPort, FibreChannel } from "../model/storage.ts";
import { failedWith, unanswered } from "./answer.ts";
import { clean, cleanOrNone } from "./clean.ts";
import { CUT_NOTE, NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { numberLike } from "./json-rows.ts";
import { type Part, splitParts } from "./parts.ts";
import { absent, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

function values({ body }: Part): { of: (key: string) => string | undefined; strange: string[] } {
  const found = new Map<string, string>();
  const strange: string[] = [];
  for (const line of body.split("\n")) {
    const equals = line.indexOf("=");
    if (equals > 0) found.set(line.slice(0, equals), line.slice(equals + 1).trim());
    else if (line.trim() !== "") strange.push(clean(line));
  }
  return { of: (key) => cleanOrNone(found.get(key)), strange };
}

type Vport = FcPort["vports"][number];

const command = "reading /sys/class/fc_host";

export function parseFc(raw: RawOutput): ParseResult<FibreChannel> {
  const { rc, stdout, truncated } = raw;
  if (rc === RC_ABSENT) return absent("there is no Fibre Channel port");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const ports: (FcPort & { readonly vports: Vport[] })[] = [];
  const not_understood: string[] = [];
  for (const part of splitParts(stdout)) {
    const { of, strange } = values(part);
    not_understood.push(...strange);
    const vport = /^vport-(\d{1,6}):/.exec(part.head);
    if (vport !== null) {
      // Its name begins with the number of the port it is made on.
      const made = { name: clean(part.head), port_name: of("port_name"), node_name: of("node_name"), state: of("vport_state") };
      const parent = ports.find(({ host }) => host === `host${vport[1]}`);
      if (parent === undefined) not_understood.push(`${made.name}: its port isn't there`);
      else parent.vports.push(made);
    } else if (part.head !== "") {
      ports.push({
        host: clean(part.head),
        port_name: of("port_name"),
        node_name: of("node_name"),
        port_state: of("port_state"),
        port_type: of("port_type"),
        speed: of("speed"),
        max_npiv_vports: numberLike(of("max_npiv_vports")),
        npiv_vports_inuse: numberLike(of("npiv_vports_inuse")),
        vports: [],
      });
    }
  }
  const rest = not_understood.slice(0, NOT_UNDERSTOOD_MAX);
  if (ports.length === 0) return failedWith(command, raw);
  return parsed({ ports, not_understood: truncated ? [...rest, CUT_NOTE] : rest });
}

export const fc: Reading<FibreChannel> = {
  id: "fc",
  title: "Fibre Channel ports and NPIV virtual ports",
  source: "/sys/class/fc_host/*, /sys/class/fc_vports/*",
  // No process but the shell's own. Ports come before the virtual ports that are on them.
  script: `set -- /sys/class/fc_host/host*
[ -e "$1" ] || exit ${RC_ABSENT}
for port in "$@" /sys/class/fc_vports/vport-*; do
  [ -e "$port" ] || continue
  echo "@@ \${port##*/}"
  for attribute in port_name node_name port_state port_type speed max_npiv_vports npiv_vports_inuse vport_state; do
    value=
    { read -r value <"$port/$attribute"; } 2>/dev/null
    [ -n "$value" ] && echo "$attribute=$value"
  done
done
exit 0`,
  cadence_s: 15,
  timeout_s: 10,
  bytes_max: 131_072,
  refreshed_by: ["kernel"],
  parse: parseFc,
};
