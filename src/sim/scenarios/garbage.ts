/** Hosts and guests that mean harm, and outputs that broke on the way. */
import { placeGuest } from "../model/domains.ts";
import type { World } from "../model/world.ts";
import { demoPair } from "./parts/demo-pair.ts";
import { guest } from "./parts/guests.ts";
import type { Scenario } from "./scenario.ts";

const ESC = String.fromCharCode(27);
const NAMES = [
  `${ESC}[31;1mred${ESC}[0m`,
  `${ESC}]0;owned${String.fromCharCode(7)}title`,
  "tab\there",
  "\u202egnp.exe",
  "zero\u200bwidth",
  "two  words 7 8",
  "(null)",
  "4711",
  "-rf",
  "$(reboot)`id`;x",
  "x".repeat(300),
  "日本語ゲスト",
] as const;

function build(seed: number, start_ms: number): World {
  const world = demoPair(seed, start_ms);
  for (const [at, name] of NAMES.entries()) {
    const spec = { ...guest({ name: `g${at}`, number: 900 + at, memory_mib: 512, vcpus: 1, disks: [], bridges: ["xenbr0"] }), name };
    placeGuest(world, at % 2 === 0 ? 0 : 1, spec);
  }
  const [alpha, beta] = world.hosts;
  const broken = (stdout: string, rc = 0) => ({ rc, stdout });
  // Cut in the middle, where a link or a limit cuts.
  beta.overrides.set("multipath", (text) => broken(text.slice(0, Math.floor(text.length * 0.6))));
  beta.overrides.set("lsblk", (text) => broken(text.slice(0, Math.floor(text.length / 3))));
  alpha.overrides.set("ip-link", (text) =>
    broken(text.replace('"mtu":9000', '"mtu":"nine thousand"').replace('"operstate":"UP"', '"operstate":"SIDEWAYS"')),
  );
  alpha.overrides.set("xl-list", (text) => broken(`${text}half a row of something\n${ESC}[2J${ESC}[H\n`));
  alpha.overrides.set("drbd-status", (text) =>
    broken(text.replace("disk:UpToDate", "disk:Quantum").replace("replication:Established", "replication:Entangled")),
  );
  beta.overrides.set("drbd-proc", (text) => broken(`${text}\u0000\u0001\u0002 ÿþ ∞\n`));
  beta.overrides.set("xentop", () => broken("xentop: error while loading shared libraries: libncurses.so.6\n", 127));
  alpha.overrides.set("iscsi", () => broken("iscsiadm: Could not get list of targets from firmware.\n", 20));
  return world;
}

export const garbage: Scenario = {
  name: "garbage",
  sentence: "Guests with hostile names, outputs cut short, words that no tool of today prints: nothing of it may reach your terminal.",
  build,
  before: [{ ago_s: 60, host: "alpha", text: `vif vif-7-0 ${ESC}[2Jx: Guest Rx ready` }],
  steps: [],
};
