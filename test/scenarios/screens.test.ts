/** Every screen, what is behind a row of each, and every way to look: one person, one keyboard, 80x24. */
import { describe, expect, it } from "vitest";
import type { Console } from "../kit/console.ts";
import { GUESTS, guestsInOrder, namesOf } from "../kit/demo-guests.ts";
import { watchingDemo } from "../kit/overview.ts";

/** The console on a pair that has told everything. */
const watchingPair = (story: (console: Console) => Promise<void>): Promise<void> =>
  watchingDemo("pair", async (console) => {
    await console.sees(/alpha ✓ live[\s\S]*beta ✓ live[\s\S]*mail01 can't[\s\S]*9 guests: all running/);
    await story(console);
  });

/** The line above the rows: `─ Guests ─ by memory ↓ ─`. */
const titleOf = (console: Console): string => console.lines()[3] ?? "";
const seesTitle = (console: Console, title: RegExp): Promise<string> => console.sees(() => title.test(titleOf(console)));
/** What was copied last: the text of the last OSC 52. */
const clipboardOf = (console: Console): string =>
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it is the escape itself that is looked for
  Buffer.from([...console.raw().matchAll(/\x1b\]52;c;([A-Za-z0-9+/=]*)\x07/g)].at(-1)?.[1] ?? "", "base64").toString("utf8");

describe.concurrent("the screens", () => {
  it("are each a number away, and say what they are for", () =>
    watchingPair(async (console) => {
      for (const [key, what] of [
        ["2", /─ Guests ─[\s\S]*guest +on +state[\s\S]*cpu% +mem +vcpu +disks +nets +alpha +beta[\s\S]*mail01 +alpha +running .*▲ resync/],
        ["3", /─ DRBD ─[\s\S]*alpha +beta[\s\S]*mail01\/0[\s\S]*resync alpha → beta .* \d+\.\d % done +\S+ MiB\/s +ETA/],
        ["4", /─ Storage ─[\s\S]*Multipath maps +2[\s\S]*iSCSI sessions[\s\S]*NFS mounts[\s\S]*LVM[\s\S]*dom0 file systems/],
        ["5", /─ Network ─[\s\S]*xenbr-back +ok[\s\S]*├─bond0\.310 vlan up[\s\S]*└─bond0 bond up/],
        ["6", /─ Jobs ─[\s\S]*No plans: nothing was done to this pair/],
        ["7", /─ Timeline ─[\s\S]*time +(?:age +)?host +(?:origin +)?object +what[\s\S]*connected/],
        ["1", /─ Overview ─[\s\S]*Lose alpha/],
      ] as const) {
        console.press(key);
        await console.sees(what);
        // The number that is on stands out on the line of screens.
        const at = (console.lines()[2] ?? "").indexOf(`${key} `);
        expect(console.cell(2, at).inverse).toBe(true);
      }
    }));

  it("are gone through with tab, and gone back to with -", () =>
    watchingPair(async (console) => {
      console.press("tab");
      await seesTitle(console, /─ Guests ─/);
      console.press("tab");
      await seesTitle(console, /─ DRBD ─/);
      console.press("shift-tab");
      await seesTitle(console, /─ Guests ─/);
      console.press("5");
      await seesTitle(console, /─ Network ─/);
      console.press("-");
      await seesTitle(console, /─ Guests ─/);
      console.press("-");
      await seesTitle(console, /─ Network ─/);
    }));

  it("open the row under the cursor, with the command, the host and the age behind each fact", () =>
    watchingPair(async (console) => {
      for (const [key, screen, object, fact, evidence] of [
        ["1", "Overview", "host alpha", /dom0 available +\S+ GiB/, /xl info on alpha, \d+(?:\.\d)? s ago/],
        ["2", "Guests", "guest mail01", /state +✓ running[\s\S]*uuid +\S{36}/, /xl list -v on alpha, \d+(?:\.\d)? s ago/],
        [
          "3",
          "DRBD",
          "drbd mail01/0",
          /state +▲ resync[\s\S]*As alpha sees it/,
          /drbdsetup status --statistics[\s\S]* on alpha, \d+(?:\.\d)? s ago/,
        ],
        ["4", "Storage", "storage 36001405a9e2\\S+", /2\/2 paths/, /multipathd show maps json on beta, \d+(?:\.\d)? s ago/],
        ["5", "Network", "bridge xenbr-back", /VLAN id +310/, /ip -j -d link on alpha, \d+(?:\.\d)? s ago/],
      ] as const) {
        console.press(key);
        await seesTitle(console, new RegExp(`─ ${screen} ─`));
        console.press("enter");
        await seesTitle(console, new RegExp(`─ ${screen} → ${object} `));
        await console.sees(fact);
        if (evidence !== undefined) {
          expect(console.screen()).not.toMatch(evidence);
          console.press("e");
          await console.sees(evidence);
          console.press("e");
          await console.sees((seen) => !evidence.test(seen));
        }
        console.press("esc");
        await seesTitle(console, new RegExp(`─ ${screen} ─`));
      }
    }));

  it("open an entry of the timeline, with who told it and both clocks", () =>
    watchingPair(async (console) => {
      console.press("7", "/", "connected", "enter");
      await console.sees(/▸[^\n]*alpha[^\n]*connected/);
      console.press("enter");
      await seesTitle(console, /─ Timeline → timeline alpha /);
      await console.sees(/time +\d\d:\d\d:\d\d, \S+ s ago[\s\S]*host +alpha[\s\S]*what +connected/);
      console.press("e");
      await console.sees(/told by +this console's connection to alpha[\s\S]*console clock[\s\S]*alpha clock/);
    }));

  it("lead on from what is on one to what stands on it", () =>
    watchingPair(async (console) => {
      console.press("3");
      await console.sees(/▸. mail01\/0/);
      console.press("enter");
      // It begins at its first line; what leads on from it is further down.
      await console.sees(/→ drbd mail01\/0 [\s\S]*As alpha sees it/);
      console.press("G");
      await console.sees(/▸ +mail01 +✓ running/);
      console.press("enter");
      await seesTitle(console, /─ DRBD → (?:.* → )?guest mail01 /);
      console.press("esc");
      await seesTitle(console, /─ DRBD → drbd mail01\/0 ─/);
      console.press("esc");
      await seesTitle(console, /─ DRBD ─/);
    }));
});

describe.concurrent("the rows", () => {
  it("are filtered by words, and by words that they must not have", () =>
    watchingPair(async (console) => {
      console.press("2");
      await console.sees(/▸. mail01/);
      console.press("/", "web");
      await console.sees(() => namesOf(console).join() === "web01,web02");
      expect(titleOf(console)).toContain('2 of 9 match "web"');
      // Kept, and kept on its own screen.
      console.press("enter", "3");
      await console.sees(/─ DRBD ─[\s\S]*db01\/0/);
      console.press("2");
      await console.sees(() => namesOf(console).join() === "web01,web02");
      console.press("/", "ctrl-u", "!web");
      await console.sees(() => namesOf(console).join() === GUESTS.filter((name) => !name.startsWith("web")).join());
      console.press("enter");
      console.press("esc");
      await console.sees(() => namesOf(console).join() === GUESTS.join());
      console.press("/", "nothing has this");
      expect(await console.sees(/0 of 9 match/)).toMatch(/nothing has this/);
    }));

  it("are sorted by a shifted letter, the other way round, and as they were", () =>
    watchingPair(async (console) => {
      console.press("2");
      await console.sees(() => namesOf(console).join() === GUESTS.join());
      const byName = [...GUESTS].sort();
      console.press("N");
      await console.sees(() => namesOf(console).join() === byName.join());
      expect(titleOf(console)).toMatch(/by guest|by name/);
      console.press("N");
      await console.sees(() => namesOf(console).join() === byName.reverse().join());
      console.press("N");
      await console.sees(() => namesOf(console).join() === GUESTS.join());
      console.press("M");
      await seesTitle(console, /by memory/);
      await console.sees(() => namesOf(console)[0] === "db01");
    }));

  it("are moved over by letters and arrows", () =>
    watchingPair(async (console) => {
      console.press("2");
      await guestsInOrder(console);
      expect(console.screen()).toMatch(/▸. mail01/);
      for (const [key, name] of [
        ["j", "build01"],
        ["down", "db01"],
        ["k", "build01"],
        ["up", "mail01"],
        ["G", "web02"],
        ["g", "mail01"],
        ["ctrl-d", "web02"],
        ["ctrl-u", "mail01"],
        ["end", "web02"],
        ["home", "mail01"],
      ] as const) {
        console.press(key);
        await console.sees(new RegExp(`▸. ${name} `));
      }
      // Typed fast it is still each of them.
      console.press("jjj");
      await console.sees(/▸. db02 /);
    }));

  it("are copied to the clipboard, the one under the cursor or all that are marked", () =>
    watchingPair(async (console) => {
      console.press("2");
      await guestsInOrder(console);
      console.press("y");
      await console.sees("Sent 1 row to the terminal's clipboard.");
      await console.sees(() => clipboardOf(console) !== "");
      expect(clipboardOf(console)).toMatch(/^▲ mail01 alpha running .*resync \d+\.\d % .*✗ SyncTarget \d+ %/);
      console.press("j", "space");
      await seesTitle(console, /1 marked/);
      console.press("space");
      await seesTitle(console, /2 marked/);
      expect(console.lines().at(-1)).toMatch(/^ y copy/);
      expect(console.screen()).toMatch(/●✓ build01[\s\S]*●✓ db01[\s\S]*▸✓ db02/);
      console.press("y");
      await console.sees("Sent 2 rows to the terminal's clipboard.");
      await console.sees(() => clipboardOf(console).includes("\n"));
      const rows = clipboardOf(console).split("\n");
      expect(rows).toHaveLength(2);
      expect(rows[0]).toMatch(/build01.*beta.*running/);
      expect(rows[1]).toMatch(/db01.*alpha.*running/);
      console.press("Y");
      await console.sees(/Sent 1\d rows/);
      await console.sees(() => GUESTS.every((name) => clipboardOf(console).includes(` ${name} `)));
      console.press("esc");
      await console.sees((screen) => !/marked|●/.test(screen));
    }));
});

describe.concurrent("the whole", () => {
  it("has a palette that finds commands and objects", () =>
    watchingPair(async (console) => {
      console.press(":", "db01/1");
      expect(await console.sees(/: db01\/1/)).toMatch(/db01\/1 +Open drbd db01\/1/);
      console.press("enter");
      await seesTitle(console, /→ drbd db01\/1 /);
      console.press(":", "timel");
      await console.sees(/Timeline +Show Timeline +7/);
      console.press("enter");
      await seesTitle(console, /─ Timeline ─/);
      console.press(":");
      await console.sees(/Find a command or an object/);
      console.press("esc");
      await console.sees((screen) => !screen.includes("Find a command"));
    }));

  it("has help on every key, with the reason where one doesn't work now", () =>
    watchingPair(async (console) => {
      console.press("?");
      expect(await console.sees(/─ Keys ─/)).toMatch(/Nothing is changed on a host but by a plan that is shown first/);
      expect(console.screen()).toMatch(/- +Back to the view before this one[\s\S]*not now: there was no other view yet/);
      console.press("G");
      await console.sees(/ctrl-c +End the console/);
      console.press("esc");
      await console.sees((screen) => !screen.includes("─ Keys ─"));
      expect(console.lines().at(-1)).toMatch(/enter detail.*\? help.*q quit.*read-write/);
    }));

  it("reads everything again on ctrl-r", () =>
    watchingPair(async (console) => {
      const age = (): number => Number(/xl list -l on alpha, (\d+(?:\.\d)?) s ago/.exec(console.screen())?.[1] ?? Number.NaN);
      console.press("2");
      await console.sees(/▸. mail01/);
      console.press("enter", "e");
      // It is read only now and then.
      await console.sees(() => age() >= 5);
      console.press("ctrl-r");
      await console.sees(() => age() < 3);
    }));

  it("draws itself whole again on ctrl-l", () =>
    watchingPair(async (console) => {
      console.press("2");
      await console.sees(/▸. mail01/);
      const before = console.bytes();
      console.press("ctrl-l");
      await console.sees(() => console.bytes() - before > 1_000);
      expect(console.screen()).toMatch(/▸. mail01/);
    }));

  it("takes no key that isn't one, a paste least of all", () =>
    watchingPair(async (console) => {
      console.press("2");
      await guestsInOrder(console);
      expect(console.screen()).toMatch(/▸. mail01/);
      // None of these is anything; a paste holds the keys for "quit" and "down".
      console.press("d", "x", "\x1b[3~", "\x1b[15~", "\x1b[200~qjjj\rq\x1b[201~", "\x1b[<0;10;10M");
      console.press("j");
      await console.sees(/▸. build01 /);
      // Into a filter it types its first line.
      console.press("/", "\x1b[200~web\rrm -rf\x1b[201~");
      await console.sees(() => namesOf(console).join() === "web01,web02");
    }));
});
