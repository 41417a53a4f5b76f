/** The consoles of a simulated pair: which machine is behind which domain, and who is attached to it. Made when the first one is looked at. */
import type { HostIx, SimDomain } from "../model/guest.ts";
import type { SimHost } from "../model/host.ts";
import type { World } from "../model/world.ts";
import { createMachine, type Machine } from "./machine.ts";

/** xenconsole lets one in at a time (since Xen 4.7). */
export interface Holder {
  readonly pid: number;
  readonly from: string;
  /** Of a console like this one; `-`: of xl alone. */
  readonly nonce: string;
  readonly since_ms: number;
  readonly hangUp: () => void;
}

export interface Consoles {
  readonly machine: (domain: SimDomain) => Machine;
  readonly holder: (host: SimHost, domid: number) => Holder | undefined;
  readonly hold: (host: SimHost, domid: number, holder: Holder) => void;
  readonly letGo: (host: SimHost, domid: number, holder: Holder) => void;
  readonly nextPid: () => number;
  /** Lines that were sent to the hosts' own logs. */
  readonly logged: { readonly host: HostIx; readonly text: string }[];
}

const all = new WeakMap<World, Consoles>();
const FIRST_PID = 4_100;
/** How long a machine that was up before anybody looked has been so. */
const UP_SHARE = 0.9;

function createConsoles(world: World): Consoles {
  const machines = new Map<string, Machine>();
  const known = new WeakSet<SimDomain>();
  const holders = new Map<string, Holder>();
  let pid = FIRST_PID;
  const keyOf = (host: SimHost, domid: number): string => `${host.ix} ${domid}`;
  const begin = (domain: SimDomain, age_ms: number): Machine => {
    const machine = createMachine(world, domain.uuid, domain.guest?.name ?? domain.name ?? "guest", "6.1.0-25-amd64", age_ms);
    machines.set(domain.uuid, machine);
    return machine;
  };
  const look = (): void => {
    for (const { domains } of world.hosts)
      for (const domain of domains) {
        const machine = machines.get(domain.uuid);
        if (domain.run === "shutdown" && domain.reason === "c") machine?.crash();
        if (known.has(domain)) continue;
        known.add(domain);
        // What a migration brings goes on; anything else that comes is a machine that starts.
        if (machine === undefined || domain.name?.endsWith("--incoming") === true) continue;
        machine.end();
        begin(domain, 0);
      }
  };
  for (const { domains } of world.hosts) for (const domain of domains) known.add(domain);
  world.listeners.add((event) => event.kind === "xen" && look());
  return {
    machine: (domain) => {
      look();
      const host = world.hosts.find(({ domains }) => domains.includes(domain));
      return machines.get(domain.uuid) ?? begin(domain, (world.scheduler.now_ms - (host?.booted_ms ?? world.scheduler.now_ms)) * UP_SHARE);
    },
    holder: (host, domid) => holders.get(keyOf(host, domid)),
    hold: (host, domid, holder) => void holders.set(keyOf(host, domid), holder),
    letGo: (host, domid, holder) => {
      if (holders.get(keyOf(host, domid)) === holder) holders.delete(keyOf(host, domid));
    },
    nextPid: () => {
      pid += 1;
      return pid;
    },
    logged: [],
  };
}

export function consolesOf(world: World): Consoles {
  const known = all.get(world);
  if (known !== undefined) return known;
  const made = createConsoles(world);
  all.set(world, made);
  return made;
}

/** Somebody else attaches to a guest's console and stays. Returns what ends that. */
export function holdConsole(world: World, guest: string, from: string): () => boolean {
  const host = world.hosts.find(({ domains }) => domains.some(({ name }) => name === guest));
  const domain = host?.domains.find(({ name }) => name === guest);
  if (host === undefined || domain === undefined) throw new Error(`${guest} runs nowhere`);
  const consoles = consolesOf(world);
  let over = false;
  const holder: Holder = {
    pid: consoles.nextPid(),
    from,
    nonce: "-",
    since_ms: world.scheduler.now_ms - 720_000,
    hangUp: () => {
      over = true;
      consoles.letGo(host, domain.domid, holder);
    },
  };
  consoles.hold(host, domain.domid, holder);
  return () => {
    const ended = over;
    holder.hangUp();
    return ended;
  };
}
