/**
 * A simulated pair in a process of its own, over real ssh on loopback, so that the console's CPU is the console's alone:
 * `hosts GUESTS RESYNCS`. Says where it is, then does what it is asked (see Asked), with the time at which it did it.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { createSim, realClock, serveSim } from "../../src/sim/index.ts";
import { resourceAt, sizedPair } from "../pair.ts";

export type Asked =
  | { readonly ask: "resync"; readonly resources: number }
  | { readonly ask: "disconnect" | "connect" | "stop" | "start"; readonly name: string }
  | { readonly ask: "bytes" };
export type Said =
  | { readonly said: "serving"; readonly ssh_config: string }
  /** Date.now() when it was done; bytes on the ssh connections so far. */
  | { readonly said: "done"; readonly at_ms: number; readonly to_console: number; readonly from_console: number };

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

const [guests = "200", resyncs = "0"] = process.argv.slice(2);
const sim = createSim({ scenario: sizedPair(Number(guests), Number(resyncs)), clock: realClock });
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
const say = (said: Said): void => void process.send?.(said);
process.on("message", (asked: Asked) => {
  carryOut(asked);
  say({ said: "done", at_ms: Date.now(), ...counted });
});
process.on("disconnect", () => void served.close().then(() => process.exit(0)));
say({ said: "serving", ssh_config: served.files.ssh_config });
