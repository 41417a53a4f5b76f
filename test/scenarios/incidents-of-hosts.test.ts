/** Incidents of the product page from alert to green with the command line alone: 1, 2, 6 and 9. */
import { describe, expect, it } from "vitest";
import type { StatusJson } from "../../src/cli/status-json.ts";
import { hostDies } from "../../src/sim/scenarios/host-dies.ts";
import { stuckMigration } from "../../src/sim/scenarios/stuck-migration.ts";
import { onCommandLine } from "../kit/command-line.ts";
import { calm } from "../state/plan/pair.ts";

const wrong = ({ findings }: StatusJson): string[] =>
  findings.filter(({ severity }) => severity === "critical" || severity === "warning").map(({ rule, object }) => `${rule} ${object}`);
const on = ({ guests }: StatusJson, host: string): string[] =>
  guests
    .filter((guest) => guest.host === host)
    .map(({ name }) => name)
    .sort();
const MINUTE_MS = 60_000;
const alphas = ["db01", "erp01", "mail01", "proxy01", "web01"];
const betas = ["build01", "db02", "ldap01", "web02"];

describe("from alert to green", () => {
  it("1 and 2: a host dies, is fenced, its guests run on; it is switched on, taken back, and has its guests again", () =>
    onCommandLine(hostDies, async ({ run, status, pass }) => {
      await pass(2 * MINUTE_MS);
      expect(wrong(await status()).join("\n")).toMatch(/host\.\w+ beta/);
      // Nothing is done without the phrase, and --yes isn't it.
      expect(await run(["failover", "beta", "--yes"])).toMatchObject({
        code: 2,
        err: expect.stringContaining('--i-understand "fail over beta"'),
      });
      expect(await run(["failover", "beta", "--i-understand", "fail over alpha"])).toMatchObject({ code: 2 });
      // build01's image comes from a server that both reach; all of beta's guests can run on alpha.
      const shown = await run(["failover", "beta", "--dry-run", "--json"]);
      expect(shown.code).toBe(0);
      const { plan } = JSON.parse(shown.text) as { plan: { steps: { title: string }[]; checks: { id: string; asked?: unknown[] }[] } };
      expect(plan.steps[0]?.title).toBe("switch beta off by fence_ipmilan, and see that it is off");
      expect(plan.checks.filter(({ id }) => id === "ping").every(({ asked }) => asked?.length === 1)).toBe(true);
      const taken = await run(["failover", "beta", "--i-understand", "fail over beta", "--reason", "beta is dead"]);
      // A console that came after the death starts what is known to have run there, and names the rest.
      expect(taken, taken.text).toMatchObject({ code: 0, text: expect.stringContaining("degraded: no redundancy") });
      for (const guest of ["db02", "build01"]) {
        const before = await status();
        if (on(before, "alpha").includes(guest)) continue;
        expect(await run(["guest", "failover", guest, "--i-understand", `fail over ${guest}`])).toMatchObject({ code: 0 });
      }
      expect(on(await status(), "alpha")).toEqual([...alphas, ...betas].sort());

      expect(await run(["host", "on", "beta", "--yes"])).toMatchObject({ code: 0 });
      await pass(2 * MINUTE_MS);
      const back = await run(["rejoin", "beta", "--yes"]);
      expect(back, back.text).toMatchObject({ code: 0, text: expect.stringContaining("every copy is whole") });
      const home = await run(["restore", "beta", "--yes"]);
      expect(home, home.text).toMatchObject({ code: 0 });
      await pass(2 * MINUTE_MS);
      const green = await status();
      expect(on(green, "beta").sort()).toEqual(expect.arrayContaining(["ldap01", "web02"]));
      expect(wrong(green)).toEqual([]);
    }));

  it("6: a host is evacuated until it is safe to power off, switched off and on, and gets its guests back", () =>
    onCommandLine(calm, async ({ run, status, pass, world }) => {
      await pass(MINUTE_MS);
      const away = await run(["evacuate", "alpha", "--yes"]);
      expect(away, away.text).toMatchObject({ code: 0, text: expect.stringContaining("alpha is safe to power off") });
      expect(away.told.some((line) => line.includes("move db01"))).toBe(true);
      expect(on(await status(), "beta")).toEqual([...alphas, ...betas].sort());
      expect(await run(["host", "off", "alpha", "--yes"])).toMatchObject({ code: 0 });
      await pass(MINUTE_MS);
      expect(world.hosts[0].power).toBe("off");
      expect(await run(["host", "on", "alpha", "--yes"])).toMatchObject({ code: 0 });
      await pass(2 * MINUTE_MS);
      const back = await run(["restore", "alpha", "--yes"]);
      expect(back, back.text).toMatchObject({ code: 0 });
      await pass(MINUTE_MS);
      const green = await status();
      expect(on(green, "alpha")).toEqual(alphas);
      expect(wrong(green)).toEqual([]);
    }));

  it("9: a migration sticks: aborted before the point of no return, never after it, where what is left is cleared up", () =>
    onCommandLine(stuckMigration, async ({ run, status, pass }) => {
      await pass(MINUTE_MS);
      expect((await status()).findings.map(({ rule, object }) => `${rule} ${object}`)).toEqual(
        expect.arrayContaining(["guest.incoming web01", "guest.incoming proxy01"]),
      );
      const aborted = await run(["migrate", "abort", "web01", "--yes"]);
      expect(aborted, JSON.stringify(aborted)).toMatchObject({ code: 0 });
      const late = await run(["migrate", "abort", "proxy01", "--yes"]);
      expect(late).toMatchObject({ code: 2, err: expect.stringContaining("point of no return") });
      // Its xl still waits: the connection is ended first.
      const rest = await run(["guest", "resolve", "proxy01", "--yes"]);
      expect(rest, rest.text).toMatchObject({ code: 0, text: expect.stringContaining("guest resolve proxy01 again") });
      const which = await run(["guest", "resolve", "proxy01", "--yes"]);
      expect(which).toMatchObject({ code: 2, err: expect.stringContaining("--keep beta") });
      const kept = await run(["guest", "resolve", "proxy01", "--keep", "beta", "--yes"]);
      expect(kept, kept.text).toMatchObject({ code: 0 });
      await pass(2 * MINUTE_MS);
      const green = await status();
      expect(on(green, "alpha")).toEqual(["db01", "erp01", "mail01", "web01"]);
      expect(on(green, "beta")).toContain("proxy01");
      expect(wrong(green)).toEqual([]);
    }));
});
