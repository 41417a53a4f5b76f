/** `drbdadm VERB RESOURCE` as it changes a simulated host. Exit statuses and words as drbd-utils' (recordings splitbrain, xlops). */
import {
  attach,
  connect,
  demote,
  detach,
  disconnect,
  invalidate,
  isConnected,
  outdate,
  promote,
  setPaused,
  verify,
} from "../model/drbd/operate.ts";
import type { DrbdResource } from "../model/drbd/types.ts";
import type { Tool, ToolRun } from "./tool.ts";

type Verb = (run: ToolRun, resource: DrbdResource, options: readonly string[]) => number;

const inUse = ({ host }: ToolRun, { name }: DrbdResource): boolean =>
  host.domains.some(({ vbds }) => vbds.some(({ disk }) => disk.backing.kind === "drbd" && disk.backing.resource === name));

const eachVolume = (resource: DrbdResource, act: (volume: number) => void): number => {
  for (const [volume] of resource.volumes.entries()) act(volume);
  return 0;
};

/** The kernel's refusal of a new state, as drbdadm passes it on. */
function stateFailed({ say }: ToolRun, { name }: DrbdResource, why: string): number {
  say(`${name}: State change failed: ${why}`);
  return 11;
}
const NEEDS_PEER = "(-15) Need a connection to start verify or resync";

const SIZE = /^(\d{1,10})([kKmM]?)$/;
const kib = (text: string): number | undefined => {
  const [, number, unit = ""] = SIZE.exec(text) ?? [];
  return number === undefined ? undefined : Number(number) * (unit.toLowerCase() === "m" ? 1024 : 1);
};

/** Rates belong to the disk in 8.4, to the peer in 9: the other one's command doesn't know them. */
function rates({ host, say }: ToolRun, resource: DrbdResource, options: readonly string[], flavour: DrbdResource["flavour"]): number {
  for (const option of options) {
    const [, key = "", value = ""] = /^--([a-z-]+)=(.*)$/.exec(option) ?? [];
    const rate = kib(value);
    const known = resource.flavour === flavour && ["c-max-rate", "resync-rate", "c-plan-ahead"].includes(key);
    if (!known || rate === undefined) {
      say(`drbdsetup: ${known ? `Argument ${value} out of range for '${key}'` : `unrecognized option '${option}'`}`);
      return 20;
    }
    if (key === "c-max-rate") resource.c_max_rate_kib_s[host.ix] = rate;
    else if (key === "resync-rate") resource.resync_rate_kib_s[host.ix] = rate;
    else resource.c_plan_ahead[host.ix] = rate;
  }
  return resource.nodes[host.ix].volumes.every(({ disk }) => disk !== "Diskless") || flavour === "9.2" ? 0 : 10;
}

const verbs: Readonly<Record<string, Verb>> = {
  primary: (run, resource, options) => {
    const { world, host, say } = run;
    const node = resource.nodes[host.ix];
    if (options.includes("--force")) for (const volume of node.volumes) if (volume.disk !== "Diskless") volume.disk = "UpToDate";
    if (promote(world, resource, host.ix)) return 0;
    const two = node.connection === "Connected" && node.peer_role === "Primary";
    say(
      `${resource.name}: State change failed: ${two ? "(-1) Multiple primaries not allowed by config" : "(-2) Need access to UpToDate data"}`,
    );
    return two ? 11 : 17;
  },
  secondary: (run, resource) => {
    if (inUse(run, resource)) {
      return stateFailed(run, resource, "(-12) Device is held open by someone");
    }
    demote(run.world, resource, run.host.ix);
    return 0;
  },
  disconnect: ({ world, host }, resource) => {
    disconnect(world, resource, host.ix);
    return 0;
  },
  connect: ({ world, host, say }, resource, options) => {
    const discard = options.includes("--discard-my-data");
    if (discard && resource.nodes[host.ix].role === "Primary") {
      say(`${resource.name}: Failure: (123) --discard-my-data not allowed when primary.`);
      return 10;
    }
    connect(world, resource, host.ix, discard);
    return 0;
  },
  attach: ({ world, host }, resource) => eachVolume(resource, (volume) => attach(world, resource, host.ix, volume)),
  detach: ({ world, host }, resource) => eachVolume(resource, (volume) => detach(world, resource, host.ix, volume)),
  outdate: ({ world, host, say }, resource) => {
    const node = resource.nodes[host.ix];
    if (node.role === "Primary" || node.connection === "Connected") {
      say(`${resource.name}: State change failed: (-10) State change was refused by peer node`);
      return 11;
    }
    outdate(world, resource, host.ix);
    return 0;
  },
  invalidate: (run, resource) => {
    if (invalidate(run.world, resource, run.host.ix)) return 0;
    return stateFailed(run, resource, NEEDS_PEER);
  },
  "disk-options": (run, resource, options) => rates(run, resource, options, "8.4"),
  "peer-device-options": (run, resource, options) => rates(run, resource, options, "9.2"),
  "net-options": ({ host, world }, resource, options) => {
    const wanted = /^--allow-two-primaries=(yes|no)$/.exec(options[0] ?? "")?.[1];
    if (wanted === undefined) return 1;
    resource.two_primaries[host.ix] = wanted === "yes";
    // A connected peer is told, and goes by it too (drbd_nl.c, drbd_adm_net_opts: P_PROTOCOL_UPDATE; seen on the lab's 8.4).
    if (isConnected(world, resource)) resource.two_primaries[host.ix === 0 ? 1 : 0] = wanted === "yes";
    return 0;
  },
  "pause-sync": ({ world, host }, resource) => {
    setPaused(world, resource, host.ix, true);
    return 0;
  },
  "resume-sync": ({ world, host }, resource) => {
    setPaused(world, resource, host.ix, false);
    return 0;
  },
  verify: (run, resource) => {
    if (resource.verify_alg === undefined) return stateFailed(run, resource, "(-14) Need a verify algorithm to start online verify");
    const begun = resource.volumes.every((_spec, volume) => verify(run.world, resource, run.host.ix, volume, 0));
    return begun ? 0 : stateFailed(run, resource, NEEDS_PEER);
  },
};

const TOOK_MS = 120;

export const drbdadm: Tool = (run) => {
  const options = run.argv.filter((word) => word.startsWith("-"));
  const [word = "", name = ""] = run.argv.filter((each) => !each.startsWith("-"));
  const verb = verbs[word];
  const resource = run.world.drbd.get(name);
  if (verb === undefined || resource === undefined) {
    run.say(verb === undefined ? `drbdadm: Unknown command '${word}'` : `drbdadm: '${name}' not defined in your config (for this host).`);
    return run.end(1);
  }
  run.after(TOOK_MS, () => run.end(verb(run, resource, options)));
};
