/**
 * A simulated pair in a process of its own, over real ssh on loopback, so that the console's CPU is the console's alone:
 * `hosts GUESTS RESYNCS`. Says where it is, then does what it is asked (see Asked), with the time at which it did it, and when its probes told of it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { createSim, realClock, type SimClock, serveSim } from "../../src/sim/index.ts";
import { resourceAt, sizedPair } from "../pair.ts";

export type Deed = "disconnect" | "connect" | "stop" | "start";
export type Asked =
  | { readonly ask: "resync"; readonly resources: number }
  | { readonly ask: Deed; readonly name: string }
  | { readonly ask: "bytes" };
/** The first answer that tells the last deed. */
export interface Told {
  readonly reading: string;
  /** Date.now() when the probe sent it. */
  readonly sent_ms: number;
  /** How long its command ran before. */
  readonly took_ms: number;
}
export type Said =
  | { readonly said: "serving"; readonly ssh_config: string }
  /** Date.now() when it was done: a deed changes the simulated kernel in that very moment. Bytes on the ssh connections so far; what told the last deed. */
  | {
      readonly said: "done";
      readonly at_ms: number;
      readonly to_console: number;
      readonly from_console: number;
      readonly told: Told | undefined;
    };

const counted = { to_console: 0, from_console: 0 };

/** A port that passes everything on to the other one, and counts. */
async function countingPort(behind: number): Promise<number> {
  const server = createServer((front) => {
    const back = connect({ host: "127.0.0.1", port: behind });
    for (const socket of [front, back]) socket.setNoDelay(true).on("error", () => undefined);
    front.on("data", (chunk) => {
      counted.from_console += chunk.length;
    });
    back.on("data", (chunk) => {
      counted.to_console += chunk.length;
    });
    front.pipe(back);
    back.pipe(front);
  });
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", () => done());
  });
  return (server.address() as AddressInfo).port;
}

/** The pair follows the clock closely: what happens in it and what its probes say is not put off to a coarse tick. */
const FOLLOW_MS = 4;
const clock: SimClock = { ...realClock, every: (_ms, tick) => realClock.every(FOLLOW_MS, tick) };
const [guests = "200", resyncs = "0"] = process.argv.slice(2);
const sim = createSim({ scenario: sizedPair(Number(guests), Number(resyncs)), clock });
if (sim === undefined || process.send === undefined) throw new Error("started by bench/hosts.ts alone");
sim.start();
const served = await serveSim(sim);
for (const port of served.ports) {
  const counting = await countingPort(port);
  for (const file of [served.files.ssh_config, served.files.known_hosts]) {
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(String(port), String(counting)));
  }
}

function carryOut(asked: Asked): void {
  if (sim === undefined) return;
  if (asked.ask === "resync") for (let at = 0; at < asked.resources; at += 1) sim.fault.resync(resourceAt(at), "alpha");
  else if (asked.ask === "disconnect") sim.fault.disconnect(asked.name, "alpha");
  else if (asked.ask === "connect") sim.fault.connect(asked.name, "alpha");
  else if (asked.ask === "stop") sim.fault.guestStop(asked.name);
  else if (asked.ask === "start") sim.fault.guestStart(asked.name, "alpha");
}

/** Whether an answer shows the world as it is after the deed, by what the tool prints. */
const tells: Readonly<Record<Deed, { readonly reading: string; readonly shows: (stdout: string, name: string) => boolean }>> = {
  stop: { reading: "xl-list", shows: (stdout, name) => !new RegExp(`^${name} `, "m").test(stdout) },
  start: { reading: "xl-list", shows: (stdout, name) => new RegExp(`^${name} `, "m").test(stdout) },
  disconnect: { reading: "drbd-status", shows: (stdout, name) => !isConnected(stdout, name) },
  connect: { reading: "drbd-status", shows: isConnected },
};
/** `NAME role:...` and the indented lines under it. */
function isConnected(stdout: string, name: string): boolean {
  const own = new RegExp(`^${name} .*\\n(?: .*\\n)*`, "m").exec(`${stdout}\n`)?.[0] ?? "";
  return own.includes("connection:Connected");
}
let deed: { readonly what: Deed; readonly name: string; readonly host: 0 | 1 | undefined } | undefined;
let told: Told | undefined;
sim.world.frame_listeners.add(({ host, frame }) => {
  if (deed === undefined || told !== undefined || frame.kind !== "section") return;
  const { reading, shows } = tells[deed.what];
  if (frame.id !== reading || (deed.host !== undefined && deed.host !== host) || !shows(frame.stdout, deed.name)) return;
  told = { reading, sent_ms: Date.now(), took_ms: frame.took_s * 1000 };
});

const say = (said: Said): void => void process.send?.(said);
process.on("message", (asked: Asked) => {
  // Guests come and go on alpha; the other end of a connection tells of it as well, and may be the first.
  if (asked.ask === "stop" || asked.ask === "start") deed = { what: asked.ask, name: asked.name, host: 0 };
  else if (asked.ask === "disconnect" || asked.ask === "connect") deed = { what: asked.ask, name: asked.name, host: undefined };
  if (asked.ask !== "bytes") told = undefined;
  const at_ms = Date.now();
  carryOut(asked);
  say({ said: "done", at_ms, ...counted, told });
});
process.on("disconnect", () => void served.close().then(() => process.exit(0)));
say({ said: "serving", ssh_config: served.files.ssh_config });
