/** The one table of commands and options: the parser goes by it and the help text is made from it. */

/** How long `status`, `check` and `doctor` wait for the hosts, where `--timeout` doesn't say. */
export const TIMEOUT_DEFAULT_S = 20;

export interface FlagSpec {
  readonly id: FlagId;
  readonly long: string;
  readonly short?: string;
  /** undefined: takes none. `name` as in the help. */
  readonly value?: { readonly name: string; readonly optional?: boolean };
  readonly help: string;
  /** Gives the argument of that name to the action that the command names. */
  readonly argument?: true;
}

export type FlagId =
  | "ssh-config"
  | "config"
  | "demo"
  | "seed"
  | "timeout"
  | "json"
  | "list"
  | "rc"
  | "pair"
  | "hosts"
  | "to"
  | "on"
  | "via"
  | "keep"
  | "proof"
  | "guests"
  | "put-back"
  | "discard"
  | "snapshot"
  | "portal"
  | "export"
  | "port"
  | "lazy"
  | "device"
  | "map"
  | "uplink"
  | "write"
  | "reason"
  | "dry-run"
  | "yes"
  | "i-understand"
  | "record"
  | "from"
  | "output"
  | "at"
  | "speed"
  | "read-only"
  | "ascii"
  | "mouse"
  | "light"
  | "dark"
  | "color"
  | "version"
  | "help";

export const flags: { readonly [Id in FlagId]: FlagSpec } = {
  "ssh-config": {
    id: "ssh-config",
    long: "--ssh-config",
    short: "-F",
    value: { name: "FILE" },
    help: "ssh configuration to use, as with ssh -F",
  },
  config: {
    id: "config",
    long: "--config",
    value: { name: "FILE" },
    help: "config file instead of $XDG_CONFIG_HOME/xenha-tui/config.toml (else ~/.config/...)",
  },
  demo: {
    id: "demo",
    long: "--demo",
    value: { name: "SCENARIO", optional: true },
    help: "a simulated pair instead of real hosts; `--demo list` names the scenarios",
  },
  seed: { id: "seed", long: "--seed", value: { name: "N" }, help: "makes the simulated pair behave the same again" },
  timeout: {
    id: "timeout",
    long: "--timeout",
    value: { name: "SECONDS" },
    help: `end after this long, whatever hangs; what is missing then is unknown (default ${TIMEOUT_DEFAULT_S})`,
  },
  json: { id: "json", long: "--json", help: "print JSON instead of text" },
  list: { id: "list", long: "--list", help: "name the readings" },
  rc: { id: "rc", long: "--rc", value: { name: "N" }, help: "exit status that the command had (default 0)" },
  pair: {
    id: "pair",
    long: "--pair",
    value: { name: "PAIR" },
    help: "a pair of the config file (may be left out where there is only one)",
  },
  hosts: { id: "hosts", long: "--hosts", value: { name: "A,B" }, help: "the pair's hosts, as ssh knows them" },
  to: { id: "to", long: "--to", argument: true, value: { name: "HOST" }, help: "the host that it goes to (default: the other one)" },
  on: { id: "on", long: "--on", argument: true, value: { name: "HOST" }, help: "the host that it is done on" },
  via: {
    id: "via",
    long: "--via",
    argument: true,
    value: { name: "ADDRESS" },
    help: "the target's name or address as the source knows it: the network that a migration goes over",
  },
  keep: {
    id: "keep",
    long: "--keep",
    argument: true,
    value: { name: "HOST" },
    help: "of a guest that is whole on both hosts and runs on neither: where it goes on",
  },
  proof: {
    id: "proof",
    long: "--proof",
    argument: true,
    value: { name: "fence|attest" },
    help: "by what a host is known to be off: its fence agent, or you have seen it",
  },
  guests: { id: "guests", long: "--guests", argument: true, value: { name: "A,B" }, help: "only these guests" },
  "put-back": { id: "put-back", long: "--put-back", argument: true, value: { name: "yes|no" }, help: "move its guests back to it as well" },
  discard: { id: "discard", long: "--discard", argument: true, value: { name: "HOST" }, help: "the host whose data is given up" },
  snapshot: {
    id: "snapshot",
    long: "--snapshot",
    argument: true,
    value: { name: "yes|no" },
    help: "keep what is overwritten in a snapshot of the logical volume below (repair: yes, invalidate: no)",
  },
  portal: { id: "portal", long: "--portal", argument: true, value: { name: "ADDRESS:PORT" }, help: "the portal of an iSCSI target" },
  export: { id: "export", long: "--export", argument: true, value: { name: "NAME" }, help: "which of an NBD server's exports" },
  port: { id: "port", long: "--port", argument: true, value: { name: "N" }, help: "an NBD server's TCP port (default 10809)" },
  lazy: {
    id: "lazy",
    long: "--lazy",
    argument: true,
    value: { name: "yes|no" },
    help: "let go of an NFS mount whose server is silent, instead of waiting for it",
  },
  device: {
    id: "device",
    long: "--device",
    argument: true,
    value: { name: "SERVER:/EXPORT" },
    help: "what to mount (default: as the other host)",
  },
  map: { id: "map", long: "--map", argument: true, value: { name: "MAP" }, help: "the multipath map that a path belongs to" },
  uplink: { id: "uplink", long: "--uplink", argument: true, value: { name: "IFACE" }, help: "the interface that a bridge leads out over" },
  write: { id: "write", long: "--write", argument: true, value: { name: "yes|no" }, help: "also write the file that makes it at boot" },
  reason: { id: "reason", long: "--reason", value: { name: "TEXT" }, help: "why; goes into the journal and the audit" },
  "dry-run": { id: "dry-run", long: "--dry-run", help: "show the plan and change nothing" },
  yes: { id: "yes", long: "--yes", help: "confirm without being asked (not where data is lost)" },
  "i-understand": {
    id: "i-understand",
    long: "--i-understand",
    value: { name: "PHRASE" },
    help: "confirm a loss of data: the phrase that the plan shows",
  },
  mouse: { id: "mouse", long: "--mouse", help: "click rows and tabs, scroll with the wheel (text is selected with shift, then)" },
  record: {
    id: "record",
    long: "--record",
    value: { name: "FILE" },
    help: "keep what the session sees, without secrets, for replay; FILE.gz is compressed",
  },
  from: {
    id: "from",
    long: "--from",
    value: { name: "FILE" },
    help: "a support bundle, or a recording's end, instead of real hosts",
  },
  output: { id: "output", long: "--output", short: "-o", value: { name: "FILE" }, help: "where to write it" },
  at: { id: "at", long: "--at", value: { name: "TIME" }, help: "begin there: 12:30 into the recording, or a time like 2026-11-21T02:14" },
  speed: { id: "speed", long: "--speed", value: { name: "N" }, help: "begin playing, N times as fast as it happened" },
  "read-only": {
    id: "read-only",
    long: "--read-only",
    help: "take every key away that could change anything (:rw gives them back for a while, unless the config file says always)",
  },
  ascii: { id: "ascii", long: "--ascii", help: "draw with ASCII characters only" },
  light: { id: "light", long: "--light", help: "colours for a light background" },
  dark: { id: "dark", long: "--dark", help: "colours for a dark background" },
  color: { id: "color", long: "--color", value: { name: "WHEN" }, help: "auto, never, 16, 256 or truecolor (NO_COLOR is respected)" },
  version: { id: "version", long: "--version", help: "print the version" },
  help: { id: "help", long: "--help", short: "-h", help: "print this help; after a command, that command's" },
};

export type CommandId =
  | "screen"
  | "status"
  | "check"
  | "doctor"
  | "watch"
  | "replay"
  | "bundle"
  | "report"
  | "console"
  | "plan"
  | "migrate"
  | "evacuate"
  | "restore"
  | "failover"
  | "rejoin"
  | "host"
  | "guest"
  | "drbd"
  | "path"
  | "storage"
  | "net"
  | "jobs"
  | "audit"
  | "debug";

export interface CommandSpec {
  readonly id: CommandId;
  /** After `xenha-tui `. */
  readonly usage: readonly string[];
  readonly summary: string;
  readonly details: readonly string[];
  readonly flags: readonly FlagId[];
}

const everywhere = ["help", "version"] as const;
const target = ["ssh-config", "config", "demo", "seed"] as const;
/** Of commands whose words name something else than the pair. */
const named = [...target, "pair", "hosts", "timeout", "json"] as const;
/** What gives an argument to an action: `plan` takes those of all of them. */
const argumentFlags: readonly FlagId[] = Object.values(flags).flatMap(({ id, argument }) => (argument === true ? [id] : []));
const acting = [...named, "reason", "dry-run", "yes", "i-understand"] as const;
const ACTING =
  "Shows the plan and asks; --yes confirms, a loss of data --i-understand alone. What it does goes on without the console: see jobs.";

export const commands: { readonly [Id in CommandId]: CommandSpec } = {
  screen: {
    id: "screen",
    usage: ["[PAIR]", "HOST_A HOST_B", "--demo [SCENARIO]"],
    summary: "the console: both hosts live on one screen",
    details: [
      "HOST_A and HOST_B are names as ssh knows them. PAIR is a pair of the config file; it may be left out where there is only one.",
      "It installs nothing on the hosts. Changes are plans: shown with their checks, confirmed, and carried out there; they go on without the console.",
    ],
    flags: [...target, "from", "record", "read-only", "mouse", "ascii", "light", "dark", "color", ...everywhere],
  },
  status: {
    id: "status",
    usage: ["status [PAIR | HOST_A HOST_B | --from FILE] [--json]"],
    summary: "print the pair's state once, as text or JSON",
    details: [
      `Waits until every reading of both hosts was told once, but no longer than --timeout (default ${TIMEOUT_DEFAULT_S} s).`,
      "Exits with 0 where all was told, 3 where something is missing. The JSON's schema: schema/status.schema.json.",
    ],
    flags: [...target, "from", "timeout", "json", "color", "ascii", ...everywhere],
  },
  check: {
    id: "check",
    usage: ["check [PAIR | HOST_A HOST_B]"],
    summary: "Nagios/Icinga plugin: one line, perfdata, exit 0/1/2/3",
    details: [
      `Prints XENHA OK, WARNING, CRITICAL or UNKNOWN within --timeout (default ${TIMEOUT_DEFAULT_S} s; keep it below the monitor's own limit).`,
      "One host unreachable is CRITICAL (the pair's redundancy is not known to exist), both are UNKNOWN. Facts that are missing are never OK.",
    ],
    flags: [...target, "timeout", ...everywhere],
  },
  doctor: {
    id: "doctor",
    usage: ["doctor [PAIR | HOST_A HOST_B] [--json]"],
    summary: "check each hop, key, tool, permission and clock, with the fix",
    details: ["Exits with 0 where nothing needs fixing, 1 where something does. The JSON's schema: schema/doctor.schema.json."],
    flags: [...target, "timeout", "json", ...everywhere],
  },
  watch: {
    id: "watch",
    usage: ["watch [PAIR | HOST_A HOST_B] [--json] [--record FILE]"],
    summary: "tell what is found and what changes, as it happens, until it is ended",
    details: [
      "One line for each thing that happens: findings that came, got worse or went, hosts that are seen or not, changes of the verdict; with --json one JSON object a line (schema/watch.schema.json).",
      "New critical findings raise the alerts of the config file, as on the screen. Ends with ctrl-c (130), SIGTERM (143), or when its reader goes away (0).",
    ],
    flags: [...target, "json", "record", ...everywhere],
  },
  replay: {
    id: "replay",
    usage: ["replay FILE [--at TIME] [--speed N]"],
    summary: "play a recording through the same screens",
    details: [
      "p plays and stands still, . and , step, n goes to the next finding, [ and ] move by a minute, < and > change the speed; ? tells them all.",
      "Nothing is connected to. FILE.1, the part before, is taken in where it is there.",
    ],
    flags: ["at", "speed", "config", "mouse", "ascii", "light", "dark", "color", ...everywhere],
  },
  bundle: {
    id: "bundle",
    usage: ["bundle [PAIR | HOST_A HOST_B] [-o FILE]"],
    summary: "collect what both hosts answer, without secrets, into one file to give away",
    details: [
      "A .tar.gz of text files: every reading's raw answer of both hosts, what was made of them, versions. status --from FILE and --from FILE open it.",
      `Waits for the hosts as status does, no longer than --timeout (default ${TIMEOUT_DEFAULT_S} s). Exits with 0 where all was told, 3 where something is missing in it.`,
    ],
    flags: [...target, "timeout", "output", ...everywhere],
  },
  report: {
    id: "report",
    usage: ["report [PAIR | HOST_A HOST_B | --from FILE] [-o FILE]"],
    summary: "the incident report as Markdown: what is found, the timeline of both hosts, what was done",
    details: [
      "The timeline reaches back over the hours that the hosts' journals tell of; --from a recording tells all that it holds. What was done is this machine's audit of that time.",
      "On the screen w writes the same into the state directory.",
    ],
    flags: [...target, "from", "timeout", "output", ...everywhere],
  },
  console: {
    id: "console",
    usage: ["console GUEST [--pair PAIR | --hosts A,B]"],
    summary: "a guest's console (xl console), followed wherever the guest goes",
    details: [
      "Watches until typing is switched on (t), which is on record. While typing, the prefix (ctrl-t, or console_prefix in the config file)",
      "comes before every key that is not for the guest; prefix d ends it, prefix esc goes to the screens.",
    ],
    flags: [...target, "pair", "hosts", "mouse", "ascii", "light", "dark", "color", ...everywhere],
  },
  plan: {
    id: "plan",
    usage: ["plan ACTION WORDS... [--json]"],
    summary: "show what an action would do, with its checks, and change nothing",
    details: ["ACTION WORDS: as the command itself, e.g. `plan migrate web01`. Exits with 0 where nothing stands against it, else 3."],
    flags: [...named, ...argumentFlags, ...everywhere],
  },
  migrate: {
    id: "migrate",
    usage: ["migrate GUEST [--to HOST] [--via ADDRESS]", "migrate abort GUEST"],
    summary: "move a running guest to the other host, live; end a move before its point of no return",
    details: [
      "Where the config file names an address for the host (pairs.NAME.migration), that is where it goes; --via comes before.",
      ACTING,
    ],
    flags: [...acting, "to", "via", ...everywhere],
  },
  evacuate: {
    id: "evacuate",
    usage: ["evacuate HOST [--via ADDRESS]"],
    summary: "move all guests of a host to the other one, until it is safe to power off",
    details: [
      "Keeps where they belong on both hosts, and lets nothing start by itself on it until restore. Stops at the first move that isn't done.",
      ACTING,
    ],
    flags: [...acting, "via", ...everywhere],
  },
  restore: {
    id: "restore",
    usage: ["restore HOST [--via ADDRESS]"],
    summary: "put back on a host the guests that evacuate or failover took from it",
    details: [ACTING],
    flags: [...acting, "via", ...everywhere],
  },
  failover: {
    id: "failover",
    usage: ["failover HOST [--proof fence|attest] [--guests A,B]"],
    summary: "take a dead host's guests over to the other one",
    details: [
      "fence (where the config file has an agent for it): it is switched off, and must be seen to be off. attest: you have seen that it is off.",
      "Refused while anything of it answers. Confirmed by --i-understand alone: the phrase is in the plan (--dry-run).",
      ACTING,
    ],
    flags: [...acting, "proof", "guests", ...everywhere],
  },
  rejoin: {
    id: "rejoin",
    usage: ["rejoin HOST [--put-back yes|no]"],
    summary: "take a host back that was dead or away",
    details: [
      "Lets nothing start by itself on it, connects its disks and waits until every copy is whole. A disk that has parted is not touched.",
      ACTING,
    ],
    flags: [...acting, "put-back", ...everywhere],
  },
  host: {
    id: "host",
    usage: ["host on|off|reboot HOST"],
    summary: "switch a host's power by its fence agent",
    details: ["The agent is named in the config file (pairs.NAME.fence).", ACTING],
    flags: [...acting, ...everywhere],
  },
  guest: {
    id: "guest",
    usage: [
      "guest start GUEST --on HOST",
      "guest VERB GUEST [--on HOST]",
      "guest memory GUEST MIB",
      "guest autostart GUEST on|off [--on HOST]",
      "guest sync-config GUEST [--to HOST]",
      "guest resolve GUEST [--keep HOST]",
      "guest failover GUEST [--on HOST] [--proof fence|attest]",
    ],
    summary:
      "start, shut down, reboot, pause, unpause, destroy a guest; its memory, autostart, configuration on the other host; what a migration left",
    details: ["VERB: shutdown, reboot, pause, unpause or destroy; --on says which one, of a guest that runs on both hosts.", ACTING],
    flags: [...acting, "on", "to", "keep", "proof", ...everywhere],
  },
  drbd: {
    id: "drbd",
    usage: [
      "drbd connect RESOURCE",
      "drbd VERB RESOURCE --on HOST",
      "drbd rate RESOURCE KIB_PER_S --on HOST",
      "drbd repair RESOURCE --discard HOST [--snapshot yes|no]",
      "drbd forget RESOURCE --on HOST",
    ],
    summary: "act on a DRBD resource; end a split brain",
    details: [
      "VERB: disconnect, primary, secondary, attach, detach, verify, pause-sync, resume-sync or invalidate.",
      "repair: HOST's data since the split is given up, kept in a snapshot where there is LVM below; forget removes that snapshot.",
      ACTING,
    ],
    flags: [...acting, "on", "discard", "snapshot", ...everywhere],
  },
  path: {
    id: "path",
    usage: ["path fail PATH --on HOST", "path reinstate PATH --on HOST"],
    summary: "take a path of a multipath map out of use, and put it back",
    details: ["PATH: its device on that host, as sdb. The last ready path of a map is never failed.", ACTING],
    flags: [...acting, "on", "map", ...everywhere],
  },
  storage: {
    id: "storage",
    usage: [
      "storage rescan iscsi|scsi --on HOST",
      "storage iscsi login|logout TARGET --on HOST [--portal ADDRESS:PORT]",
      "storage npiv create PORT WWPN:WWNN --on HOST",
      "storage npiv delete WWPN --on HOST",
      "storage nbd connect DEVICE SERVER --on HOST [--export NAME]",
      "storage nbd disconnect DEVICE --on HOST",
      "storage nfs remount FOLDER --on HOST [--lazy yes]",
    ],
    summary: "act on ways to disks: iSCSI, NPIV, NBD, NFS; look for new disks",
    details: [
      "Nothing that a guest, a mount or a volume uses is taken away.",
      "remount: also mounts what only the other host has. A mount whose server is silent is never touched but by --lazy yes.",
      ACTING,
    ],
    flags: [...acting, "on", "portal", "export", "port", "lazy", "device", ...everywhere],
  },
  net: {
    id: "net",
    usage: [
      "net create BRIDGE --on HOST [--uplink IFACE] [--write yes]",
      "net remove BRIDGE --on HOST",
      "net port up|down IFACE --on HOST",
    ],
    summary: "create a bridge and its VLAN by the other host's example; ports",
    details: [
      "create: now, by ip commands that are shown; the file that makes it at boot is shown too, and written with --write yes where nothing of it is there.",
      "What ssh, DRBD or mounted disks come over is never set down.",
      ACTING,
    ],
    flags: [...acting, "on", "uplink", "write", ...everywhere],
  },
  jobs: {
    id: "jobs",
    usage: ["jobs [--json]", "jobs log PLAN", "jobs takeover|stop|letgo PLAN"],
    summary: "plans on the hosts: what is done, what isn't known, what is safe next; go on with one whose console is gone",
    details: [
      "takeover: goes by what the hosts show, from where the journal ends. stop: the same, but begins nothing and only closes what was opened.",
      "letgo: where nobody can find out how a step ended: its leases are let go, what isn't known is written down, nothing else is done.",
      "Each asks; --yes confirms. log: all that its commands said.",
    ],
    flags: [...named, "reason", "yes", ...everywhere],
  },
  audit: {
    id: "audit",
    usage: ["audit [--json]"],
    summary: "what was done from this machine, as Markdown for the incident report (or JSON lines)",
    details: [
      "Kept in $XDG_STATE_HOME/xenha-tui/audit.jsonl (else ~/.local/state/...). The hosts' syslog has the same lines, tag xenha-tui.",
    ],
    flags: ["json", ...everywhere],
  },
  debug: {
    id: "debug",
    usage: ["debug parse READING [FILE] [--rc N]", "debug parse --list", "debug probe"],
    summary: "what a reading's raw output was understood as; the probe program",
    details: [
      "parse: reads FILE (or standard input) as the output of READING and prints, as JSON, what was understood.",
      "probe: prints the POSIX sh program that is run on the hosts, to be read or installed for a forced command.",
    ],
    flags: ["list", "rc", ...everywhere],
  },
};

export const jobsActions = ["list", "log", "takeover", "stop", "letgo"] as const;
export const debugActions = ["parse", "probe"] as const;

/** The command that a word names; the screen has no name. */
export function commandNamed(word: string): CommandId | undefined {
  if (word === "screen") return undefined;
  return Object.values(commands).find(({ id }) => id === word)?.id;
}

/** Words that can't name a pair, since they name commands. */
export const reservedNames: readonly string[] = Object.keys(commands).filter((name) => name !== "screen");
