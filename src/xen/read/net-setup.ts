/**
 * How a dom0's network is set up, beyond what the readings tell: asked once before a plan changes it. Which of its addresses ssh sessions come to,
 * where the default routes lead, what makes its interfaces at boot, and which of its files name the interfaces that are asked about.
 */
import { clean } from "./clean.ts";
import { isObject, jsonObjects } from "./json-objects.ts";
import { splitParts } from "./parts.ts";

/** In the order in which one of them is believed to be in charge where several are there. */
export const netManagers = ["xensource", "netplan", "networkd", "nm", "ifcfg", "ifupdown"] as const;
export type NetManager = (typeof netManagers)[number];

export interface NetSetup {
  /** Own addresses that ssh sessions come to: this console's at least. undefined: not told, so nothing may be concluded. */
  readonly ssh: readonly string[] | undefined;
  /** Interfaces of default routes, of either family. */
  readonly default_devs: readonly string[];
  readonly managers: readonly NetManager[];
  /** `source /etc/network/interfaces.d/*` and the like, as written. */
  readonly ifupdown_sources: readonly string[];
  /** Interface -> files that name it. */
  readonly mentions: ReadonlyMap<string, readonly string[]>;
}

const SESSIONS_MAX = 400;
const MENTIONS_MAX = 40;
const PARENTS_MAX = 12;

/**
 * POSIX sh, with the interfaces' names as its words; they are only ever searched for. sudo takes SSH_CONNECTION away: some parent of the shell has it.
 */
export const NET_SETUP_SCRIPT = `# xenha: how this host's network is set up
names=$*
echo '@@ ssh'
p=$$ n=0
while [ "\${p:-0}" -gt 1 ] && [ $n -lt ${PARENTS_MAX} ]; do
  tr '\\0' '\\n' 2>/dev/null <"/proc/$p/environ" | sed -n 's/^SSH_CONNECTION=//p'
  read -r all <"/proc/$p/stat" || break
  set -f
  set -- \${all##*) }
  set +f
  p=$2 n=$((n + 1))
done
echo '@@ sessions'
ss -Htn state established 2>/dev/null | head -n ${SESSIONS_MAX}
echo '@@ routes'
ip -j route show default
echo
ip -j -6 route show default
echo
echo '@@ managers'
[ -d /etc/xensource ] && echo xensource
for f in /etc/netplan/*.yaml; do [ -e "$f" ] && { echo netplan; break; }; done
[ "$(systemctl is-active systemd-networkd 2>/dev/null)" = active ] && echo networkd
[ "$(systemctl is-active NetworkManager 2>/dev/null)" = active ] && echo nm
for f in /etc/sysconfig/network-scripts/ifcfg-*; do [ -e "$f" ] && { echo ifcfg; break; }; done
[ -e /etc/network/interfaces ] && echo ifupdown
echo '@@ sources'
grep -hE '^[[:space:]]*source' /etc/network/interfaces 2>/dev/null
echo '@@ mentions'
for name in $names; do
  grep -lswF -- "$name" /etc/network/interfaces /etc/network/interfaces.d/* /etc/netplan/*.yaml /etc/systemd/network/* \\
    /etc/sysconfig/network-scripts/ifcfg-* /etc/NetworkManager/system-connections/* 2>/dev/null | head -n ${MENTIONS_MAX} | sed "s|^|$name |"
done
exit 0`;

/** `10.0.2.15:22` -> both; IPv6 in brackets, a scope after it left out. */
function endpoint(text: string): readonly [address: string, port: string] | undefined {
  const [, address = "", port = ""] = /^(.*):(\d{1,5})$/.exec(text) ?? [];
  const bare = address
    .replace(/^\[|\]$/g, "")
    .replace(/%.*$/, "")
    .replace(/^::ffff:(?=\d+\.)/, "");
  return bare === "" ? undefined : [bare, port];
}

/** Sessions to the port that this console came to are ssh as well: other operators', the other dom0's. */
function sshAddresses(own: string, sessions: string): readonly string[] | undefined {
  const mine = own.split("\n").flatMap((line) => {
    const [, , server = "", port = ""] = line.trim().split(" ");
    return /^[0-9A-Fa-f.:]{2,45}$/.test(server) && /^\d{1,5}$/.test(port) ? [{ server, port }] : [];
  });
  if (mine.length === 0) return undefined;
  const ports = new Set(mine.map(({ port }) => port));
  const others = sessions.split("\n").flatMap((line) => {
    const local = endpoint(line.trim().split(/\s+/)[2] ?? "");
    return local !== undefined && ports.has(local[1]) ? [local[0]] : [];
  });
  return [...new Set([...mine.map(({ server }) => server), ...others])].map((address) => clean(address));
}

const devsOf = (routes: string): readonly string[] => [
  ...new Set(
    routes
      .split("\n")
      .flatMap((line) =>
        jsonObjects(line).objects.flatMap((route) => (isObject(route) && typeof route.dev === "string" ? [clean(route.dev)] : [])),
      ),
  ),
];

/** Total: what isn't there isn't told. */
export function parseNetSetup(stdout: string): NetSetup {
  const parts = new Map(splitParts(stdout).map(({ head, body }) => [head, body]));
  const lines = (head: string): readonly string[] =>
    (parts.get(head) ?? "")
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const told = new Set(lines("managers"));
  const mentions = new Map<string, readonly string[]>();
  for (const line of lines("mentions")) {
    const [, name = "", file = ""] = /^(\S+) (\/.*)$/.exec(line) ?? [];
    if (name !== "") mentions.set(clean(name), [...(mentions.get(clean(name)) ?? []), clean(file)]);
  }
  return {
    ssh: sshAddresses(parts.get("ssh") ?? "", parts.get("sessions") ?? ""),
    default_devs: devsOf(parts.get("routes") ?? ""),
    managers: netManagers.filter((name) => told.has(name)),
    ifupdown_sources: lines("sources").map((line) => clean(line)),
    mentions,
  };
}
