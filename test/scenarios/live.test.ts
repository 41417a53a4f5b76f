/** What is live, what is old, and what was never told, on a connection over real ssh that is cut and mended under the console. */
import { describe, expect, it } from "vitest";
import type { Console } from "../kit/console.ts";
import { answers } from "../kit/overview.ts";
import { withSshPair } from "../kit/ssh-pair.ts";

const BOTH_LIVE = /alpha ✓ live .*beta ✓ live/;
/** Keepalive finds a silent connection dead after some 15 s. */
const LOST_LIMIT_MS = 90_000;

/** The age of a host in the strip on top, in seconds: `alpha ~ stale 12 s` -> 12. */
const ageOf = (console: Console, host: string): number =>
  Number(new RegExp(`\\b${host} [✓~?·] \\D*(\\d+(?:\\.\\d)?) s`).exec(console.lines()[1] ?? "")?.[1] ?? Number.NaN);

describe.concurrent("a live pair", () => {
  it("keeps what it knew when the link drops, marked with its age, and is fresh again without a restart", () =>
    withSshPair("pair", async ({ fault, watch }) => {
      await watch(async (console) => {
        await answers(console, { head: [BOTH_LIVE], guests: /9 guests: all running/ });
        // All that is looked for below has been told before.
        console.press("4");
        await console.sees(/10\.99\.1\.20[^\n]* logged in [^\n]*logged in/);
        console.press("5");
        await console.sees(/alpha[\s\S]*xenbr-back bridge up/);
        console.press("3");
        await console.sees(/db01\/0[^\n]*Pri +UpToDate +Connected +Sec +UpToDate +Connected/);
        console.press("2");
        await console.sees((screen) => /▸. mail01 +alpha running/.test(screen) && !screen.includes("~") && !screen.includes("? conf"));
        // Nowhere but in the timeline, where a host's kernel tells of its NICs in its own words.
        console.never(/^(?![\s\S]*─ Timeline ─)[\s\S]*\b(?:dead|down)\b/);
        fault.consoleLinkCut("alpha");

        await console.sees(/alpha ~ stale \d+ s/);
        expect(console.row("db01")).toMatch(/~alpha +~running/);
        expect(console.row("ldap01")).toMatch(/beta +running/);
        console.press("3");
        await console.sees(/─ DRBD ─[\s\S]*alpha ~\d+ s old/);
        expect(console.row("db01/0")).toMatch(/~Pri +~UpToDate +~Connected +Sec +UpToDate +Connected/);
        console.press("4");
        await console.sees(/─ Storage ─[\s\S]*alpha ~\d+ s old/);
        expect(console.row("10.99.1.20")).toMatch(/~logged in \d+ s/);
        console.press("5");
        await console.sees(/─ Network ─/);
        expect(console.row(/alpha ~\d+ s old/)).toMatch(/~xenbr-back bridge ~up/);

        // Keepalive gives the connection up; what was known stays.
        console.press("1");
        await console.sees(/alpha (?:\? unreachable|· connecting) \d+ s/, LOST_LIMIT_MS);
        expect(console.row(/^.[·?] alpha/)).toMatch(/~5 guests +~47\.9 of 96\.0 GiB free/);
        fault.consoleLinkBack("alpha");
        console.press("ctrl-r");
        await answers(console, { head: [BOTH_LIVE], hosts: { alpha: /live .* 5 guests/ }, guests: /9 guests: all running/ });
        await console.sees((screen) => !screen.includes("~"));
        console.press("7");
        await console.sees(/alpha +✓ alpha +connected/);
        expect(console.screen()).toMatch(/alpha +▲ alpha +no contact: alpha: (?:no sign of life f|connection lost)/);
      });
    }));

  it("counts ages on while nothing comes, and goes back to fresh when it does", () =>
    withSshPair("pair", async ({ fault, watch }) => {
      await watch(async (console) => {
        await answers(console, { head: [BOTH_LIVE], guests: /9 guests: all running/ });
        fault.consoleLinkCut("alpha");
        // That every second is told is runtime.test.ts's to hold: on a busy machine a frame may be left out.
        await console.sees(() => ageOf(console, "alpha") >= 3);
        await console.sees(/alpha ~ stale 1?\d s/);
        const stale_s = ageOf(console, "alpha");
        await console.sees(() => ageOf(console, "alpha") >= stale_s + 2);
        fault.consoleLinkBack("alpha");
        await console.sees(BOTH_LIVE);
        await console.sees((screen) => !screen.includes("~"));
      });
    }));

  it("shows its first frame before any host has said a word, and says so", () =>
    withSshPair("pair", async ({ fault, watch }) => {
      fault.hostFrozen("alpha");
      fault.hostFrozen("beta");
      await watch(async (console) => {
        // Not even for a moment is there good news from hosts that never spoke.
        console.never(/✓|all running|\blive\b|\bdead\b|\bdown\b/);
        await answers(console, {
          head: [/\? unknown/, /alpha · connecting.*beta · connecting/, /1 Overview.*7 Timeline/],
          hosts: { alpha: /connecting, never heard \? guests \? memory/, beta: /connecting, never heard \? guests \? memory/ },
          lose: { alpha: /^\? .*not known/, beta: /^\? .*not known/ },
        });
        for (const [key, title] of ["2 Guests", "3 DRBD", "4 Storage", "5 Network"].map((each) => each.split(" "))) {
          console.press(key ?? "");
          expect(await console.sees(new RegExp(`─ ${title} ─[\\s\\S]* No .+ known yet`))).toMatch(/waiting for alpha\s+and beta/);
        }
      });
    }));

  it("one slow host delays nothing of the other", () =>
    withSshPair("pair", async ({ fault, watch }) => {
      fault.hostFrozen("beta");
      await watch(async (console) => {
        await answers(console, { head: [/alpha ✓ live.*beta · connecting/], hosts: { alpha: /5 guests/, beta: /never heard/ } });
        fault.hostThawed("beta");
        await answers(console, { head: [BOTH_LIVE], hosts: { beta: /4 guests/ } }, LOST_LIMIT_MS);
      });
    }));
});
