/**
 * `drbdsetup show`: the settings in effect. What it leaves out is at its default (drbdsetup(8)), so the documented default is told
 * for it, but only where the section that would hold it is there: a StandAlone 8.4 resource has no `net` at all.
 */
import type { DrbdSettings, DrbdShow } from "../model/drbd.ts";
import { failedWith, firstLine, unanswered } from "./answer.ts";
import { clean, cleanOrNone } from "./clean.ts";
import { sectionsOfJson } from "./drbd-show-json.ts";
import { type Section, sectionsOf } from "./drbd-show-text.ts";
import { CUT_NOTE, NOT_UNDERSTOOD_MAX } from "./json-objects.ts";
import { numberLike } from "./json-rows.ts";
import { absent, failed, type ParseResult, parsed, type RawOutput, RC_ABSENT, type Reading } from "./reading.ts";

const kibOfUnit: Readonly<Record<string, number>> = { "": 1 / 1024, s: 1 / 2, k: 1, m: 1024, g: 1024 ** 2, t: 1024 ** 3 };

/** `20480k` (bytes), `100s` (sectors), `0`: in KiB; undefined: no such value or not a size. */
function kib(text: string | undefined): number | undefined {
  const match = /^(\d{1,18})([skmgt]?)$/i.exec(text ?? "");
  return match === null ? undefined : Math.round(Number(match[1]) * (kibOfUnit[(match[2] ?? "").toLowerCase()] ?? Number.NaN));
}

/** `ipv4 10.99.1.1:7788` -> `10.99.1.1:7788` */
const withoutFamily = (text: string): string => clean(text.replace(/^(?:ipv4|ipv6|ssocks|sdp)\s+/, ""));
const yes = (text: string | undefined, otherwise: boolean | undefined): boolean | undefined =>
  text === undefined ? otherwise : text === "yes";
const named = (sections: readonly Section[], name: string): readonly Section[] => sections.filter((section) => section.name === name);

/** Values of every section of this name in the resource or its connections, the first that has the key. */
function setting(sections: readonly Section[], key: string): string | undefined {
  for (const { values } of sections) {
    const value = values.get(key);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The script has taken it out already; a recording or another way here may not have. */
const withoutSecret = (text: string): string =>
  text.replace(/("shared-secret"\s{0,20}:\s{0,20})"(?:[^"\\]|\\.)*"?/g, '$1""').replace(/shared-secret[ \t]+[^\n]*/g, 'shared-secret "";');

type VolumeSettings = DrbdSettings["volumes"][number];

function volume(section: Section, elsewhere: readonly Section[]): VolumeSettings {
  const number = numberLike(section.label) ?? 0;
  // 8.4 keeps the rates under this host's volume, 9 under the connection's.
  const same = elsewhere.filter((other) => numberLike(other.label) === number);
  const disks = [section, ...same].flatMap((holder) => named(holder.sections, "disk"));
  const disk = section.values.get("disk") ?? section.values.get("backing-disk");
  return {
    volume: number,
    minor: numberLike(section.values.get("device")?.replace(/^minor\s+/, "")),
    backing_disk: disk === "none" ? undefined : cleanOrNone(disk),
    c_max_rate_kib_s: kib(setting(disks, "c-max-rate")),
    c_min_rate_kib_s: kib(setting(disks, "c-min-rate")),
    resync_rate_kib_s: kib(setting(disks, "resync-rate")),
    c_plan_ahead: numberLike(setting(disks, "c-plan-ahead")),
    size_kib: kib(setting(disks, "size")),
  };
}

function settings(resource: Section): DrbdSettings {
  const hosts = named(resource.sections, "_this_host");
  const connections = named(resource.sections, "connection");
  const nets = [...named(resource.sections, "net"), ...connections.flatMap((connection) => named(connection.sections, "net"))];
  const options = named(resource.sections, "options");
  const paths = connections.flatMap((connection) => named(connection.sections, "path"));
  const volumes = hosts.flatMap((host) => named(host.sections, "volume"));
  const disks = volumes.flatMap((section) => named(section.sections, "disk"));
  const remote = named(resource.sections, "_remote_host");
  const mine = setting(hosts, "address") ?? setting(paths, "_this_host");
  const peers = [...remote.map(({ values }) => values.get("address")), ...paths.map(({ values }) => values.get("_remote_host"))];
  const configured = nets.length > 0;
  // 9 keeps fencing under net, 8.4 under each volume's disk; quorum and auto-promote are 9's alone.
  const nine = connections.length > 0;
  return {
    name: clean(resource.label),
    allow_two_primaries: yes(setting(nets, "allow-two-primaries"), configured ? false : undefined),
    protocol: cleanOrNone(setting(nets, "protocol")) ?? (configured ? "C" : undefined),
    fencing: cleanOrNone(setting([...nets, ...disks], "fencing")) ?? (configured ? "dont-care" : undefined),
    verify_alg: cleanOrNone(setting(nets, "verify-alg")),
    auto_promote: yes(setting(options, "auto-promote"), nine ? true : undefined),
    quorum: cleanOrNone(setting(options, "quorum")) ?? (nine ? "off" : undefined),
    local_address: mine === undefined ? undefined : withoutFamily(mine),
    peer_addresses: peers.flatMap((peer) => (peer === undefined ? [] : [withoutFamily(peer)])),
    volumes: volumes.map((section) =>
      volume(
        section,
        connections.flatMap((connection) => named(connection.sections, "volume")),
      ),
    ),
  };
}

/** drbdsetup doesn't know an option: usage on standard output. */
const RC_USAGE = 20;
const command = "drbdsetup show";

export function parseDrbdShow(raw: RawOutput): ParseResult<DrbdShow> {
  const { rc, truncated } = raw;
  const stdout = withoutSecret(raw.stdout);
  if (rc === RC_ABSENT) return absent("DRBD isn't loaded, or drbdsetup isn't installed");
  const late = unanswered(command, rc);
  if (late !== undefined) return late;
  const head = firstLine(stdout);
  if (head?.startsWith("USAGE:") === true || rc === RC_USAGE) return failed(`${command} exited with ${rc}: it doesn't know these options`);
  const json = head?.startsWith("[") === true || head?.startsWith("{") === true;
  const { top, not_understood } = json ? sectionsOfJson(stdout) : sectionsOf(stdout);
  const resources = named(top, "resource").map(settings);
  const strange = top.filter(({ name }) => name !== "resource").map(({ name, label }) => clean(`${name} ${label}`));
  const rest = [...not_understood, ...strange].slice(0, NOT_UNDERSTOOD_MAX);
  if (resources.length === 0 && (rc !== 0 || rest.length > 0)) return failedWith(command, { ...raw, stdout });
  return parsed({ resources, not_understood: truncated ? [...rest, CUT_NOTE] : rest });
}

export const drbdShow: Reading<DrbdShow> = {
  id: "drbd-show",
  title: "DRBD settings in effect",
  source: "drbdsetup show",
  // The shared secret is taken out before it leaves the host; the parser wouldn't keep it either.
  script: `[ -e /proc/drbd ] && command -v drbdsetup >/dev/null || exit ${RC_ABSENT}
read -r _ version _ </proc/drbd
json=--json
case $version in
8.*) json= ;;
esac
shown=$(drbdsetup show $json)
rc=$?
printf '%s\\n' "$shown" | sed -e 's/\\("shared-secret": *"\\).*"/\\1"/' -e '/^[[:space:]]*shared-secret/d'
exit $rc`,
  cadence_s: 60,
  timeout_s: 10,
  bytes_max: 1_048_576,
  refreshed_by: [],
  parse: parseDrbdShow,
};
