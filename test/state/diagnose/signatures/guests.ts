/** Guests and their domains. */
import type { SimDomain } from "../../../../src/sim/model/guest.ts";
import type { World } from "../../../../src/sim/model/world.ts";
import { after, domain, type Played, recording, type Signature, scenario, well } from "./case.ts";

/** The guest's domain on alpha, changed. */
const set =
  (name: string, over: Partial<SimDomain>): Played["act"] =>
  (_, world) =>
    void Object.assign(domain(world, 0, name), over);

/** web01's domain on alpha is left as what remains at the source of a migration. */
const husk = (world: World): void =>
  void Object.assign(domain(world, 0, "web01"), { name: "web01--migratedaway", run: "shutdown", reason: "s", paused: true });

export const guests: readonly Signature[] = [
  {
    number: 1,
    rule: "guest.incoming",
    cause: /only the receiving shell/,
    tells: after(30, (fault, { hosts: [alpha, beta] }) => {
      const source = alpha.domains.find(({ name }) => name === "web01");
      if (source === undefined) throw new Error("no web01");
      fault.guestStop("web01");
      beta.domains.push({ ...source, domid: 77, name: "web01--incoming", run: "paused", paused: true, vbds: [], vifs: [] });
    }),
    quiet: recording("migrate-after"),
  },
  {
    number: 2,
    rule: "guest.migrated_away",
    cause: /was not cleaned up/,
    tells: after(120, (fault, world) => {
      fault.guestDoubled("web01");
      husk(world);
    }),
    quiet: recording("migrate-after"),
  },
  {
    number: 3,
    rule: "guest.migrated_away",
    cause: /didn't arrive/,
    tells: after(30, (_, world) => husk(world)),
    quiet: recording("migrate-after"),
  },
  { number: 4, rule: "guest.doubled", tells: scenario("guest-trouble"), quiet: recording("migrate") },
  { number: 5, rule: "guest.suspended", cause: /stranded/, tells: after(90, set("web01", { run: "shutdown", reason: "s" })), quiet: well },
  {
    number: 6,
    rule: "guest.held",
    tells: after(60, set("web01", { run: "shutdown", reason: "-" })),
    quiet: after(10, set("web01", { run: "shutdown", reason: "-" })),
  },
  {
    number: 7,
    rule: "guest.crashed",
    tells: after(15, (fault) => fault.guestCrash("web01")),
    quiet: after(60, set("web01", { run: "shutdown", reason: "-" })),
  },
  { number: 8, rule: "guest.dying", tells: after(60, set("web01", { run: "dying" })), quiet: after(10, set("web01", { run: "dying" })) },
  { number: 9, rule: "guest.paused", tells: after(15, (fault) => fault.guestPaused("web01", true)), quiet: recording("migrate") },
  { number: 10, rule: "guest.nameless", tells: after(15, set("web01", { name: undefined })), quiet: well },
  {
    number: 11,
    rule: "guest.unlisted",
    cause: /xl list -l on alpha leaves web01 out/,
    tells: after(180, set("web01", { has_json: false })),
    // Also xl doesn't know it yet, while it is new.
    quiet: after(30, (fault, world) => {
      fault.guestStop("web01");
      fault.guestStart("web01", "alpha");
      Object.assign(domain(world, 0, "web01"), { has_json: false });
    }),
  },
  {
    number: 15,
    rule: "guest.unwatched",
    cause: /no xl process watches web01 on alpha/,
    tells: after(180, (_, { hosts: [alpha] }) => {
      for (const { name, domid } of alpha.domains) if (name === "web01") alpha.unwatched.add(domid);
    }),
    // Its log is rotated away, or another toolstack began it: who watches it isn't known.
    quiet: after(180, (_, { hosts: [alpha] }) => {
      for (const path of alpha.xl_logs.keys()) if (path.includes("web01")) alpha.xl_logs.delete(path);
    }),
  },
  {
    number: 12,
    rule: "guest.hotplug_error",
    tells: after(60, (_, world) =>
      domain(world, 0, "web01").vbds.forEach(
        (vbd) => void Object.assign(vbd, { hotplug_status: "error", hotplug_error: "block-drbd failed" }),
      ),
    ),
    quiet: well,
  },
  {
    number: 13,
    rule: "guest.not_connected",
    tells: after(90, (_, world) => domain(world, 0, "web01").vbds.forEach((vbd) => void Object.assign(vbd, { state: 2 }))),
    quiet: after(90, (_, world) => {
      domain(world, 0, "web01").vbds.forEach((vbd) => void Object.assign(vbd, { state: 2 }));
      Object.assign(domain(world, 0, "web01"), { run: "paused", paused: true });
    }),
  },
  {
    rule: "guest.name_clash",
    tells: after(15, (_, { hosts }) => {
      for (const one of hosts[1].domains) if (one.name === "web02") one.name = "web01";
    }),
    quiet: scenario("guest-trouble"),
  },
  {
    rule: "guest.perhaps_doubled",
    tells: after(40, (fault) => {
      fault.consoleLinkCut("beta");
      fault.guestDoubled("web02");
    }),
    quiet: after(40, (fault) => fault.consoleLinkCut("beta")),
  },
  { rule: "guest.down", tells: scenario("vlan-missing"), quiet: scenario("host-dies", 60) },
];
