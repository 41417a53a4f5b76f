/**
 * The four questions of whoever is called at night, answered by the first screen at 80x24 without a keypress: which host is seen and how old is
 * that, is a guest in trouble, what restarts if either host is lost, what is the likely cause and the next safe key. Those that take long come first.
 */
import { describe, expect, it } from "vitest";
import { answers, readOverview, watchingDemo } from "../kit/overview.ts";

/** From the start of the program, on a machine that has other things to do as well. */
const SECONDS_MS = 12_000;
/** Unreachable is not dead, and a guest that isn't seen is not down. */
const WORDS_OF_DEATH = /(?<!demo host-)\b(?:dead|died|down|crashed)\b/i;

describe.concurrent("at first sight", () => {
  it("a link that drops hides a host that is alive, and says what proves that", () =>
    watchingDemo("link-drop", async (console) => {
      console.never(WORDS_OF_DEATH);
      await answers(console, { head: [/alpha ✓ live/, /beta ✓ live/], lose: { alpha: /mail01 can't: its disk SyncTarget/ } }, SECONDS_MS);
      await answers(
        console,
        {
          head: [/alpha ~ stale 1?\d s/, /beta ✓ live/],
          hosts: { alpha: /~stale \d+ s ~5 guests ~\S+ of 96\.0 GiB free/, beta: /live \d\.\d s 4 guests/ },
          lose: { beta: /not known whether 4 guests restart on alpha: alpha doesn't answer/, alpha: /mail01 can't/ },
          guests: /^\? .*running when last seen on alpha, \d+ s ago; 4 running/,
          findings: [/critical alpha no contact with alpha.*may be alive.*start none of its guests elsewhere/],
        },
        40_000,
      );
      // DRBD on the other host has a word in it, once it would have noticed.
      const { findings } = readOverview(await console.sees(/it is alive: DRBD on beta\s+is Connected to it/, 30_000));
      expect(findings.join("\n")).toMatch(/warning alpha no contact with alpha.*Connected to it.*ctrl-r/);
    }));

  it("a frozen host is stale with its age, and may be alive", () =>
    watchingDemo("frozen-host", async (console) => {
      console.never(WORDS_OF_DEATH);
      await answers(console, { head: [/✓ ok/], lose: { alpha: /all 5 restart on beta/, beta: /all 4 restart on alpha/ } }, SECONDS_MS);
      await answers(
        console,
        {
          head: [/1 critical/, /alpha ✓ live/, /beta ~ stale 1?\d s/],
          hosts: { beta: /~stale \d+ s ~4 guests ~65\.9 of 96\.0 GiB free ~load .*~Xen 4\.17\.7 .*it tells nothing/ },
          lose: { alpha: /not known whether 5 guests restart on beta: beta doesn't answer/, beta: /^[~?] Lose beta/ },
          guests: /build01, db02, ldap01, web02 running when last seen on beta, \d+ s ago; 5 running/,
          findings: [/critical beta no contact with beta.*may be alive.*until it is proven off/],
        },
        40_000,
      );
    }));

  it("a host that comes back is unknown until it tells", () =>
    watchingDemo("host-returns", async (console) => {
      await answers(
        console,
        {
          head: [/alpha ✓ live/, /beta · connecting/],
          lose: { alpha: /not known whether 8 guests restart on beta: beta doesn't answer/ },
          guests: /^\? .*build01 not seen; beta not known; 8 running/,
        },
        SECONDS_MS,
      );
      await answers(
        console,
        {
          head: [/beta ✓ live/],
          hosts: { beta: /0 guests .*up \d+ s/ },
          lose: { beta: /^✓ .*nothing runs there/ },
          guests: /build01 down; 8 running/,
          findings: [/critical beta .*has come back, it booted .*build01 is down.*at risk: build01.*next: 1/],
        },
        50_000,
      );
    }));

  it("a host without power is unreachable, never dead", () =>
    watchingDemo("host-dead", async (console) => {
      console.never(WORDS_OF_DEATH);
      await answers(
        console,
        {
          head: [/alpha ✓ live/],
          hosts: { alpha: /5 guests/, beta: /never heard \? guests \? memory/ },
          lose: { alpha: /not known whether 5 guests restart on beta: beta doesn't answer/, beta: /^\? / },
          guests: /^\? 9 guests: build01, db02, ldap01, web02 not seen; beta not known; 5 running/,
          findings: [/critical replication all 7 volumes on alpha wait for beta.*don't promote|critical beta no contact/],
        },
        SECONDS_MS,
      );
      await answers(
        console,
        {
          head: [/beta \? unreachable/],
          hosts: { beta: /unreachable.*connection timed out.*may be alive/ },
          findings: [
            /critical beta no contact with beta for \d+ s; it may be alive.*start none of its guests elsewhere until it is proven off/,
          ],
        },
        25_000,
      );
    }));

  it("a command that hangs is named with how long it has, and delays nobody", () =>
    watchingDemo("hung-command", async (console) => {
      await answers(console, { head: [/alpha ✓ live/, /beta ✓ live/], guests: /9 guests: all running/ }, SECONDS_MS);
      await answers(
        console,
        {
          head: [/alpha ✓ live \S+ s ▲/, /beta ✓ live \S+ s ▲/],
          hosts: { alpha: /5 guests .*df .*not answering for \d+ s/, beta: /4 guests .*df .*not answering for \d+ s/ },
          lose: { alpha: /all 5 restart on beta/, beta: /build01 can't: 10\.99\.1\.30:\/export\/xen doesn't answer on alpha/ },
          guests: /9 guests: all running/,
          findings: [/critical 10\.99\.1\.30 NFS server 10\.99\.1\.30 doesn't answer alpha and beta.*at risk: build01/],
        },
        40_000,
      );
    }));

  it("a path that flaps names the portal that the lost paths share", () =>
    watchingDemo("path-flap", async (console) => {
      await answers(
        console,
        {
          head: [/alpha ✓ live/, /beta ✓ live/],
          lose: { alpha: /all 5 restart/, beta: /all 4 restart/ },
          guests: /all running/,
          findings: [/warning alpha paths of .*come and go: lost \d+ times in 10 min, all by portal 10\.99\.2\.20.*next: 4/],
        },
        SECONDS_MS,
      );
    }));

  it("a pair that is almost well says what little is not", () =>
    watchingDemo("pair", async (console) => {
      await answers(
        console,
        {
          head: [/1 warning/, /alpha ✓ live \d\.\d s/, /beta ✓ live \d\.\d s/],
          lose: { alpha: /4 of 5 restart on beta; mail01 can't: .*SyncTarget \d+ %/, beta: /^✓ .*all 4 restart on alpha/ },
          guests: /^✓ 9 guests: all running/,
          findings: [/warning mail01 mail01 resyncs to beta, \S+ GiB left.*one good copy.*next: 3 DRBD, watch it/],
        },
        SECONDS_MS,
      );
    }));

  it("a split brain blocks a promotion", () =>
    watchingDemo("split-brain", async (console) => {
      await answers(
        console,
        {
          lose: { alpha: /mail01 can't: split brain, neither copy has everything/, beta: /all 4 restart on alpha/ },
          guests: /all running/,
          findings: [/critical mail01 split brain.*written on both hosts.*don't promote or migrate/],
        },
        SECONDS_MS,
      );
    }));

  it("a resync that stands still is told apart from one that somebody paused", () =>
    watchingDemo("resync-stall", async (console) => {
      await answers(
        console,
        {
          lose: { alpha: /3 of 5 restart on beta; 2 can't.*mail01 can't: its disk PausedSyncT.*db01 can't: xvda SyncTarget \d+ %/ },
          guests: /all running/,
          findings: [/mail01 .*paused by hand on beta.*next: 3 DRBD, resume/, /db01 .*resync of db01.*stalled/],
        },
        25_000,
      );
    }));

  it("a VLAN that one host lacks names the guests that would be cut off", () =>
    watchingDemo("vlan-missing", async (console) => {
      await answers(
        console,
        {
          lose: { alpha: /2 of 5 restart on beta; 3 can't.*proxy01, web01 can't: bridge xenbr-dmz missing on beta/, beta: /all 3 restart/ },
          guests: /web02 down; 8 running/,
          findings: [/critical xenbr-dmz .*missing on beta.*at risk: proxy01, web01, web02.*next: 5/],
        },
        SECONDS_MS,
      );
    }));

  it("a disk that fills is named with its host, its fill, and where to make room", () =>
    watchingDemo("disk-full", async (console) => {
      const { findings } = await answers(
        console,
        {
          head: [/1 critical.* 2 warning/],
          lose: { alpha: /all 5 restart/, beta: /all 4 restart/ },
          findings: [/critical beta:\/var\/log .*100 % used.*next: 4 Storage, make room/],
        },
        SECONDS_MS,
      );
      expect(findings.join("\n")).toMatch(/warning alpha:\/ .*9\d % used/);
      expect(findings.join("\n")).toMatch(/warning alpha:vg0\/thin0 .*data 9\d\.\d %/);
    }));

  it("guests between the hosts are told with where from and where to", () =>
    watchingDemo("stuck-migration", async (console) => {
      const { findings } = await answers(
        console,
        { guests: /9 guests: 7 running; 2 moving to beta/, findings: [/proxy01.*alpha.*beta/, /web01.*alpha.*beta/] },
        SECONDS_MS,
      );
      expect(findings.join("\n")).toContain("next: 2");
    }));

  it("a cut replication link is the one cause of all mirrors that wait", () =>
    watchingDemo("replication-cut", async (console) => {
      await answers(
        console,
        {
          head: [/1 critical/, /alpha ✓ live/, /beta ✓ live/],
          lose: {
            alpha:
              /1 of 5 restarts on beta; 4 can't.*proxy01, web01, mail01 can't: their disks not connected.*db01 can't: xvda not connected: /,
            beta: /2 of 4 restart on alpha; ldap01, web02 can't: their disks not connected: beta writes alone, this copy is old/,
          },
          guests: /all running/,
          findings: [/critical ens1f0 .*no carrier.*at risk: db01.*next: 5/],
        },
        SECONDS_MS,
      );
    }));

  it("guests that crashed, doubled or stand still are told apart", () =>
    watchingDemo("guest-trouble", async (console) => {
      const { findings } = await answers(
        console,
        {
          head: [/2 critical/],
          lose: { alpha: /^✗ Lose alpha: none of 5 restarts on beta/, beta: /all 2 restart on alpha/ },
          guests: /^✗ 9 guests: ldap01 crashed on beta; web02 running on both hosts; 1 paused; 6 running/,
        },
        SECONDS_MS,
      );
      expect(findings[0]).toMatch(/critical web02 web02 runs on both hosts: two writers/);
      expect(findings[1]).toMatch(/critical ldap01 ldap01 crashed on beta/);
    }));

  it("a fabric's failed adapter is the one cause of all paths lost over it", () =>
    watchingDemo("san", async (console) => {
      await answers(
        console,
        {
          hosts: { alpha: /3 guests.*– DRBD/ },
          lose: { alpha: /all 3 restart/, beta: /all 3 restart/ },
          guests: /6 guests: all running/,
          findings: [/warning alpha .*host16 is Linkdown.*at risk: exchange01.*next: 4/],
        },
        SECONDS_MS,
      );
    }));

  it("DRBD 9 answers the same as 8.4", () =>
    watchingDemo("drbd9", async (console) => {
      await answers(
        console,
        {
          hosts: { alpha: /DRBD 9\.2\.9/, beta: /DRBD 9\.2\.9/ },
          lose: { alpha: /4 of 5 restart on beta; mail01 can't: .*SyncTarget \d+ %/, beta: /all 4 restart/ },
          findings: [/warning mail01 mail01 resyncs to beta/],
        },
        SECONDS_MS,
      );
    }));

  it("what isn't understood is said, and is no yes", () =>
    watchingDemo("garbage", async (console) => {
      await answers(
        console,
        {
          hosts: { alpha: /11 guests .*failed: iscsiadm/, beta: /10 guests .*failed: xentop/ },
          lose: { alpha: /^[▲✗] .*can't/, beta: /^\? .*none of 10 restarts on alpha.*not known/ },
          guests: /21 guests: /,
        },
        SECONDS_MS,
      );
    }));
});
