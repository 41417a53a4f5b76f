/** Commands that a person, or `doctor`, runs on a simulated host by `ssh HOST COMMAND`: the read-only ones that are asked for, no shell. */
import { createHash } from "node:crypto";
import { guestOf, readFile } from "../files.ts";
import { configText } from "../format/guest-config.ts";
import { answer } from "../format/index.ts";
import { netSetup } from "../format/net-setup.ts";
import { xlListPlain } from "../format/xl-list.ts";
import { isAlive, type SimHost } from "../model/host.ts";
import { nodesOf } from "../model/storage-paths.ts";
import { hostUptime, hostWall, type World } from "../model/world.ts";
import { usersOfMap } from "../tools/users.ts";

export interface CommandResult {
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
}

const printed = (stdout: string): CommandResult => ({ rc: 0, stdout, stderr: "" });

const TOOLS: Readonly<Record<string, string>> = {
  xl: "/usr/sbin/xl",
  drbdadm: "/usr/sbin/drbdadm",
  drbdsetup: "/usr/sbin/drbdsetup",
  multipathd: "/usr/sbin/multipathd",
  iscsiadm: "/usr/sbin/iscsiadm",
  "nbd-client": "/usr/sbin/nbd-client",
  ip: "/usr/sbin/ip",
  bridge: "/usr/sbin/bridge",
  timeout: "/usr/bin/timeout",
  awk: "/usr/bin/awk",
  cksum: "/usr/bin/cksum",
  sh: "/usr/bin/sh",
};

/** Whether something answers at an address of the other host. */
function answersAt(world: World, host: SimHost, address: string): boolean {
  const peer = world.hosts[host.ix === 0 ? 1 : 0];
  const dev = peer.network.devs.find(({ addresses }) => addresses.some((each) => each.address === address));
  const replication = [...world.drbd.values()].some(({ addresses }) => addresses.includes(address));
  return dev?.up === true && dev.carrier && isAlive(peer) && (!replication || world.replication_link);
}

/** What asks whether the other host is alive. */
function callCommand(world: World, host: SimHost, command: string): CommandResult | undefined {
  const pinged = /^ping -c \d+ -W \d+ (\S+)$/.exec(command)?.[1];
  if (pinged !== undefined) {
    const alive = answersAt(world, host, pinged);
    return { rc: alive ? 0 : 1, stdout: `2 packets transmitted, ${alive ? 2 : 0} received, ${alive ? 0 : 100}% packet loss\n`, stderr: "" };
  }
  const spoken = /^ssh (?:-o\S+ )+(\S+) true$/.exec(command)?.[1];
  if (spoken === undefined) return undefined;
  if (answersAt(world, host, spoken)) return printed("");
  return { rc: 255, stdout: "", stderr: `ssh: connect to host ${spoken} port 22: Connection timed out\n` };
}

const PS = "ps -C xl -o pid=,ppid=,args=";
/** First line of the text that asks whether an xl sends a domain. */
const SENDS = "sh -c # xenha: does an xl send it\n";

/** The processes of xl: watchers of guests, and what moves one now. */
function processCommand(world: World, host: SimHost, command: string): CommandResult | undefined {
  const moving = world.migrations.filter(({ phase }) => phase !== "done" && phase !== "failed");
  if (command.startsWith(SENDS)) {
    const name = command.split(" ").at(-1);
    const sends = moving.some(({ source, guest }) => source === host.ix && guest === name);
    return { rc: sends ? 1 : 0, stdout: "", stderr: "" };
  }
  if (command !== PS) return undefined;
  const watchers = host.domains.filter(({ domid, name }) => domid !== 0 && name?.includes("--") === false);
  const lines = [
    // A guest that was received is watched by what received it.
    ...watchers.map(({ domid, guest }) => {
      const received = world.migrations.some((each) => each.guest === guest?.name && each.phase === "done" && each.target === host.ix);
      return `${1000 + domid} 1 xl ${received ? "migrate-receive" : `create /etc/xen/${guest?.name ?? ""}.cfg`}`;
    }),
    ...moving.flatMap(({ source, guest }) =>
      source === host.ix ? [`4710 4700 xl migrate ${guest} ${world.hosts[source === 0 ? 1 : 0].name}`] : ["4810 4800 xl migrate-receive"],
    ),
  ];
  return { rc: lines.length === 0 ? 1 : 0, stdout: lines.map((line) => `   ${line}\n`).join(""), stderr: "" };
}

/** What reads a file. */
function fileCommand(world: World, host: SimHost, command: string): CommandResult | undefined {
  const [, program = "", path = ""] =
    /^(cat|sha256sum) -- (\S+)$/.exec(command) ?? /^(test -e) (\S+)$/.exec(command) ?? /^(xl create) -q -n (\S+)$/.exec(command) ?? [];
  if (program === "") return undefined;
  const text = readFile(world, host, path);
  if (program === "test -e") return { rc: text === undefined ? 1 : 0, stdout: "", stderr: "" };
  if (text === undefined) return { rc: 1, stdout: "", stderr: `${program}: ${path}: No such file or directory\n` };
  if (program === "cat") return printed(text);
  if (program === "sha256sum") return printed(`${createHash("sha256").update(text).digest("hex")}  ${path}\n`);
  const guest = host.configs.find((each) => each.path === path)?.guest ?? guestOf(world, text);
  if (guest === undefined) return { rc: 1, stdout: "", stderr: `${path}:1: config parsing error near \`': syntax error\n` };
  return printed(configText(world, host, guest, false));
}

/** What is asked about storage before it is changed. undefined: nothing of that. */
function storageQuestion(host: SimHost, command: string): CommandResult | undefined {
  const failed = (rc: number, stderr: string): CommandResult => ({ rc, stdout: "", stderr });
  const map = /^dmsetup info -c --noheadings -o open (\S+)$/.exec(command)?.[1];
  if (map !== undefined) {
    const found = host.storage.maps.find(({ name }) => name === map);
    return found === undefined
      ? failed(1, `Device ${map} not found\nCommand failed.\n`)
      : printed(`${String(usersOfMap(host, found.wwid)).padStart(4)}\n`);
  }
  const [, target, portal] = /^iscsiadm -m node -T (\S+) -p (\S+)$/.exec(command) ?? [];
  if (target !== undefined) {
    const known = nodesOf(host).some((node) => node.target === target && node.portal === portal);
    if (!known) return failed(21, "iscsiadm: No records found\n");
    return printed(`# BEGIN RECORD 2.1.8\nnode.name = ${target}\nnode.session.auth.password = ********\n# END RECORD\n`);
  }
  const folder = /^test -d (\S+)$/.exec(command)?.[1];
  return folder === undefined ? undefined : { rc: host.folders.has(folder) ? 0 : 1, stdout: "", stderr: "" };
}

/** By the words of the command line; a reading's source runs as the reading. */
export function runCommand(world: World, host: SimHost, line: string): CommandResult {
  const command = line
    .trim()
    .replace(/^exec /, "")
    .replace(/^sudo -n /, "");
  const reading = (id: string): CommandResult => {
    const { rc, stdout } = answer(world, host, id);
    return { rc, stdout, stderr: "" };
  };
  const which = /^(?:sh -c )?command -v (\S+)$/.exec(command)?.[1];
  if (which !== undefined) {
    const path = TOOLS[which];
    return path === undefined ? { rc: 127, stdout: "", stderr: "" } : printed(`${path}\n`);
  }
  const echo = /^(?:echo|printf) ([\w .:@-]+)$/.exec(command)?.[1];
  if (echo !== undefined) return printed(`${echo}\n`);
  // From one dom0 to the other, as a migration would: xl answers there.
  const [, asked, what] = /^ssh (?:-o\S+ )*(\S+) (xl info xen_version|cat \/proc\/sys\/kernel\/random\/boot_id)$/.exec(command) ?? [];
  if (asked !== undefined) {
    const peer = world.hosts.find(
      ({ name, network }) => name === asked || network.devs.some(({ addresses }) => addresses.some(({ address }) => address === asked)),
    );
    if (peer === undefined || !isAlive(peer) || !world.replication_link)
      return { rc: 255, stdout: "", stderr: `ssh: connect to host ${asked} port 22: Connection timed out\n` };
    if (what?.startsWith("cat") === true) return printed(`${peer.boot_id}\n`);
    return printed(`${peer.xen.major}.${peer.xen.minor}${peer.xen.extra}\n`);
  }
  const called = callCommand(world, host, command);
  if (called !== undefined) return called;
  const processes = processCommand(world, host, command);
  if (processes !== undefined) return processes;
  const file = fileCommand(world, host, command);
  if (file !== undefined) return file;
  const setup = /^sh -c # xenha: how this host's network is set up[\s\S]*\nexit 0 sh ?(.*)$/.exec(command)?.[1];
  if (setup !== undefined) return printed(netSetup(host, setup.split(" ")));
  const asked_of_storage = storageQuestion(host, command);
  if (asked_of_storage !== undefined) return asked_of_storage;
  switch (command) {
    case "true":
    case ":":
      return printed("");
    case "hostname":
      return printed(`${host.name}\n`);
    case "id -u":
      return printed("0\n");
    case "uname -r":
      return printed(`${host.kernel}\n`);
    case "date +%s":
      return printed(`${Math.floor(hostWall(world, host) / 1000)}\n`);
    case "cat /proc/uptime":
      return printed(`${hostUptime(world, host).toFixed(2)} ${(hostUptime(world, host) * 7).toFixed(2)}\n`);
    case "xl list": {
      const { rc, stdout } = xlListPlain(world, host);
      return { rc, stdout, stderr: "" };
    }
    case "xl list -v":
      return reading("xl-list");
    case "xl info":
      return reading("xl-info");
    case "cat /proc/drbd":
      return reading("drbd-proc");
    case "drbdsetup status --verbose --statistics":
    case "drbdsetup status --json --statistics":
      return reading("drbd-status");
    case "multipathd show maps json":
      return reading("multipath");
    case "iscsiadm -m session -P 3":
      return reading("iscsi");
    default:
      return { rc: 127, stdout: "", stderr: `bash: line 1: ${command.split(" ")[0] ?? ""}: command not found\n` };
  }
}
