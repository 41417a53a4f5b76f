/** DRBD, paths, storage and network from the command line: what is shown, what is refused, and what a word can do that is no name of anything. */
import { describe, expect, it } from "vitest";
import { onCommandLine } from "../kit/command-line.ts";
import { calm } from "../state/plan/pair.ts";

const hostile = [
  "; reboot",
  "$(reboot)",
  "`reboot`",
  "-x",
  "a b",
  "wеb01",
  "\u001b[31mweb01",
  "../../etc/passwd",
  "a".repeat(300),
  "web01\nreboot",
];
const forms: readonly (readonly [what: string, words: (name: string) => readonly string[]])[] = [
  ["drbd connect", (name) => ["drbd", "connect", name]],
  ["drbd disconnect", (name) => ["drbd", "disconnect", name, "--on", "alpha"]],
  ["drbd disconnect's host", (name) => ["drbd", "disconnect", "web01", "--on", name]],
  ["drbd rate", (name) => ["drbd", "rate", "web01", name, "--on", "alpha"]],
  ["drbd repair", (name) => ["drbd", "repair", name, "--discard", "alpha", "--i-understand", "discard alpha"]],
  ["drbd repair's victim", (name) => ["drbd", "repair", "web01", "--discard", name, "--i-understand", `discard ${name}`]],
  ["drbd forget", (name) => ["drbd", "forget", name, "--on", "alpha", "--i-understand", "x"]],
  ["path fail", (name) => ["path", "fail", name, "--on", "alpha"]],
  ["path fail's map", (name) => ["path", "fail", "sdb", "--on", "alpha", "--map", name]],
  ["storage iscsi logout", (name) => ["storage", "iscsi", "logout", name, "--on", "alpha"]],
  [
    "storage iscsi login's portal",
    (name) => ["storage", "iscsi", "login", "iqn.2019-04.net.example:flash1", "--on", "alpha", "--portal", name],
  ],
  ["storage npiv create", (name) => ["storage", "npiv", "create", "host15", name, "--on", "alpha"]],
  ["storage nbd connect", (name) => ["storage", "nbd", "connect", "nbd0", name, "--on", "alpha"]],
  ["storage nbd disconnect", (name) => ["storage", "nbd", "disconnect", name, "--on", "alpha"]],
  ["storage nfs remount", (name) => ["storage", "nfs", "remount", name, "--on", "alpha"]],
  ["storage rescan", (name) => ["storage", "rescan", name, "--on", "alpha"]],
  ["net create", (name) => ["net", "create", name, "--on", "beta"]],
  ["net create's uplink", (name) => ["net", "create", "xenbr-dmz", "--on", "beta", "--uplink", name]],
  ["net remove", (name) => ["net", "remove", name, "--on", "beta"]],
  ["net port down", (name) => ["net", "port", "down", name, "--on", "alpha"]],
];

describe("a word that names nothing", () => {
  it.each(forms)("%s: one sentence, 2, and nothing is run", (_, words) =>
    onCommandLine(calm, async ({ run, world }) => {
      const ran: (readonly string[])[] = [];
      world.job_listeners.add(({ argv }) => ran.push(argv));
      for (const name of hostile) {
        const said = await run([...words(name), "--yes"]);
        expect({ name, code: said.code, text: said.text }).toEqual({ name, code: 2, text: "" });
        expect(said.err).toMatch(/^xenha-tui: [^\n]+\n$/);
        expect(said.err).not.toContain("\u001b");
      }
      expect(ran).toEqual([]);
      for (const host of world.hosts) expect([...host.plans.leases, ...host.plans.journal]).toEqual([]);
    }),
  );
});

describe("a plan from the command line", () => {
  it("is shown as JSON with its checks and steps by --dry-run, 0 where nothing stands against it, 3 where something does", () =>
    onCommandLine(calm, async ({ run, world }) => {
      const shown = await run(["path", "fail", "sdb", "--on", "alpha", "--dry-run", "--json"]);
      expect(shown.code).toBe(0);
      expect(JSON.parse(shown.text)).toMatchObject({
        plan: {
          risk: "disruptive",
          confirm: { kind: "typed", word: "sdb" },
          steps: [{ host: "alpha", argv: ["multipathd", "fail", "path", "sdb"] }],
        },
      });
      const refused = await run(["net", "port", "down", "xenbr0", "--on", "alpha", "--dry-run", "--json"]);
      expect(refused.code).toBe(3);
      expect(JSON.parse(refused.text).plan.checks[0]).toMatchObject({ id: "ssh", result: "fail" });
      expect(world.hosts[0].plans.jobs.size).toBe(0);
    }));

  it("is confirmed by --yes or by the word that it asks for, and by nothing else", () =>
    onCommandLine(calm, async ({ run, world }) => {
      const words = ["path", "fail", "sdb", "--on", "alpha"];
      const state = () => world.hosts[0].storage.paths.find(({ dev }) => dev === "sdb")?.dm_state;
      expect(await run(words)).toMatchObject({ code: 2, err: expect.stringContaining("say --yes") });
      for (const answer of ["", "y", "yes", "sda"]) expect(await run(words, answer)).toMatchObject({ code: 2 });
      expect(state()).toBe("active");
      expect(await run(words, "sdb")).toMatchObject({ code: 0 });
      expect(state()).toBe("failed");
      const back = await run(["path", "reinstate", "sdb", "--on", "alpha", "--yes", "--json"]);
      expect(back.code).toBe(0);
      expect(JSON.parse(back.text)).toMatchObject({ result: "done", goal: expect.stringContaining("sdb") });
    }));

  it("waits for nobody: where another has the lease it is 5, where the step fails it is 1, where nobody tells it is 4", () =>
    onCommandLine(calm, async ({ run, world, fault }) => {
      const [alpha] = world.hosts;
      alpha.plans.leases.set("storage-36001405a9e2f1d0c4b84f6e8d30a7c11", 'other d9 {"by":"bob","goal":"something"}');
      expect(await run(["path", "fail", "sdb", "--on", "alpha", "--yes"])).toMatchObject({ code: 5, text: expect.stringContaining("bob") });
      alpha.plans.leases.clear();
      alpha.plans.faults.next = "fail";
      expect(await run(["path", "fail", "sdb", "--on", "alpha", "--yes"])).toMatchObject({ code: 1 });
      world.job_listeners.add(({ argv }) => argv.includes("fail") && world.scheduler.after(30, () => fault.consoleLinkCut("alpha")));
      expect(await run(["path", "fail", "sdb", "--on", "alpha", "--yes"])).toMatchObject({ code: 4 });
    }));
});
