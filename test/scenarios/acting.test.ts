/** Acting from the screen, as a person does: from a key to what the hosts show, with everything that must not happen on the way. */
import { describe, expect, it } from "vitest";
import { type Console, type ConsoleOptions, watching } from "../kit/console.ts";
import { withSshPair } from "../kit/ssh-pair.ts";

const SLOW_MS = 150_000;
const watchingPair = (story: (console: Console) => Promise<void>, options: Partial<ConsoleOptions> = {}): Promise<void> =>
  watching({ args: ["--demo", "pair"], ...options }, async (console) => {
    console.press("2");
    await console.sees(/▸. mail01 +alpha running[\s\S]*web02 +beta +running.*✓ yes/);
    await story(console);
  });

/** The cursor on the guest's row. */
async function onGuest(console: Console, name: string): Promise<void> {
  console.press("2", "/", "ctrl-u", name, "enter");
  await console.sees(new RegExp(`▸. ${name} `));
}

/** Not before everything that the plan's checks rely on has come: until then what is typed are the plan's keys. */
const toBeTyped = (console: Console, name: string): Promise<string> =>
  console.sees(new RegExp(`the guest's name isn't typed yet: ${name}`), SLOW_MS);

/** Nothing lies over the panes. */
const noBox = (screen: string): boolean => !/^.?┌─ /m.test(screen);

/** What the dialog has in front of the question. */
const colourAt = (console: Console, text: RegExp): boolean => {
  const row = console.lines().findIndex((line) => text.test(line));
  const column = (console.lines()[row] ?? "").search(text);
  return row >= 0 && !console.cell(row, column).default_fg;
};

describe.concurrent("acting from the screen", () => {
  it("migrates a guest from the key to what both hosts show", () =>
    watchingPair(async (console) => {
      await onGuest(console, "ldap01");
      console.press("m");
      const plan = await toBeTyped(console, "ldap01");
      expect(plan).toMatch(/move ldap01 from beta to alpha, live/);
      expect(plan).toMatch(/▲ disruptive +\d step/);
      expect(plan).toMatch(/beta: xl migrate -s 'ssh -oBatchMode=yes -oConnectTimeout=5' \d+ alpha/);
      expect(plan).toMatch(/undo: move ldap01 back to beta/);
      expect(plan).toMatch(/▲ point of no return/);
      expect(plan).toMatch(/Checks passed +\d+/);
      expect(colourAt(console, /▲ disruptive/)).toBe(true);
      console.press("ldap01");
      await console.sees(/type the guest's name, ldap01: ldap01/);
      console.press("enter");
      await console.sees(/Enter confirms nothing: tab, then y\./);
      console.press("tab");
      await console.sees(/y does it; anything else doesn't/);
      console.press("y");
      await console.sees(/Confirmed; 6 Jobs shows it whole/);
      // On every screen, and whole on Jobs.
      await console.sees(/→ step 1\/1 .*copying memory \d+ %/, SLOW_MS);
      console.press("6");
      await console.sees(/─ Jobs ─[\s\S]*Under way[\s\S]*· running +move ldap01 from beta to alpha, live[\s\S]*\| /);
      await console.sees(/─ Jobs ─[\s\S]*Over[\s\S]*✓ done +move ldap01 from beta to alpha, live/, SLOW_MS);
      expect(console.lines().at(-2)).not.toMatch(/step 1\/1/);
      await onGuest(console, "ldap01");
      await console.sees(/▸. ldap01 +alpha running/);
      // Its record can be read to the end, also now that it is over.
      console.press("6", "l");
      await console.sees(/─ Jobs → move ldap01[\s\S]*log +all of it, as of/);
      console.press("G");
      // Who began it is told by the whole journal alone.
      await console.sees(/Journal[\s\S]*begun by \S+: move ldap01 from beta to alpha, live[\s\S]*over, done: /);
      console.press("q");
      expect((await console.ended).code).toBe(0);
    }));

  it("refuses a move to a host whose copy isn't whole, and says what is safe", () =>
    watchingPair(async (console) => {
      await onGuest(console, "mail01");
      console.press("a");
      const menu = await console.sees(/What to do to guest mail01/);
      expect(menu).toMatch(/m +migrate +▲ disruptive +not now: mail01 SyncTarget/);
      expect(menu).toMatch(/h +shut down +▲ disruptive +Ask a guest to shut down/);
      expect(menu).toMatch(/u +unpause .* not now: mail01 on alpha: running/);
      console.press("m");
      const plan = await console.sees(/it can't be confirmed/);
      expect(plan).toMatch(/Stands against it[\s\S]*✗ mail01 SyncTarget .* on beta[\s\S]*drbdsetup status .* on beta, [\d.]+ s ago/);
      expect(plan).toMatch(/next: 3 DRBD/);
      console.press("mail01", "y", "tab", "y", "tab", "y");
      await console.sees(/Not done: mail01 SyncTarget/);
      console.press("esc");
      await console.sees(noBox);
      console.press("6");
      await console.sees(/No plans: nothing was done/);
    }));

  it("takes every such key away where it is read-only, and gives it back for a while", () =>
    watchingPair(
      async (console) => {
        expect(console.lines().at(-1)).toMatch(/read-only$/);
        expect(console.lines().at(-1)).not.toMatch(/ a act|m migrate/);
        console.press("a", "m", "t");
        console.press(":", "migrate web01");
        await console.sees(/Nothing is called like that/);
        console.press("esc");
        await console.sees(noBox);
        console.press("?");
        expect(await console.sees(/─ Keys ─/)).toMatch(/No key changes anything on a host: read-only: started with --read-only/);
        console.press("esc");
        await console.sees(noBox);
        console.press(":", "rw 2m", "enter");
        await console.sees(/Changes are allowed for 2 minutes/);
        await console.sees(/▲ read-write 1:5\d$/m);
        console.press("a");
        await console.sees(/What to do to guest mail01/);
        console.press("esc");
        await console.sees(noBox);
        console.press(":", "ro", "enter");
        await console.sees(/Read-only again/);
        console.press("a");
        await console.sees(/enter detail +\/ filter.*read-only$/m);
        expect(console.screen()).not.toMatch(/What to do/);
      },
      { args: ["--demo", "pair", "--read-only"] },
    ));

  it("asks once before it leaves while it drives a plan", () =>
    watchingPair(async (console) => {
      await onGuest(console, "web02");
      console.press("m");
      await toBeTyped(console, "web02");
      console.press("web02", "tab", "y");
      await console.sees(/→ step 1\/1 /, SLOW_MS);
      console.press("q");
      const asked = await console.sees(/This console drives a plan/);
      expect(asked).toMatch(/goes on to its end on the host/);
      expect(asked).toMatch(/t takes it over/);
      console.press("n");
      await console.sees((screen) => !screen.includes("This console drives a plan"));
      console.press("q");
      await console.sees(/This console drives a plan/);
      console.press("y");
      expect((await console.ended).code).toBe(0);
    }));

  it("does nothing where it can't record it, and says why", () =>
    watchingPair(
      async (console) => {
        console.press("?");
        await console.sees(/No key changes anything on a host: read-only: what is done couldn't be/);
        console.press("esc");
        await console.sees(noBox);
        console.press(":", "rw 5m", "enter");
        await console.sees(/Not done: what is done couldn't be recorded/);
      },
      { env: { XDG_STATE_HOME: "/dev/null/nowhere" } },
    ));
});

describe("a console that is killed in the middle of a plan", () => {
  it("leaves it to the next one, which shows it at once and goes on to the end", () =>
    withSshPair("pair", async ({ watch }) => {
      await watch(async (first) => {
        await first.sees(/alpha ✓ live .*beta ✓ live/, SLOW_MS);
        await first.sees(/9 guests: /, SLOW_MS);
        await onGuest(first, "web02");
        await first.sees(/▸. web02 +beta +running.*✓ yes/, SLOW_MS);
        // Not before everything that its checks rely on has come.
        first.press("a");
        await first.sees(/m +migrate +▲ disruptive +Move a running guest/, SLOW_MS);
        first.press("m");
        await toBeTyped(first, "web02");
        first.press("web02", "tab", "y");
        await first.sees(/→ step 1\/1 .*copying memory/, SLOW_MS);
        first.kill("SIGKILL");
        await first.ended;
      });
      await watch(async (second) => {
        // On whatever screen: whose it was, that it is unfinished, and the key.
        await second.sees(/▲ unfinished 6 Jobs, t takes it over: move web02 from beta to alpha, live/, SLOW_MS);
        second.press("6");
        await second.sees(/─ Jobs ─[\s\S]*Unfinished +nobody goes on with these[\s\S]*▲ unfinished +move web02/);
        second.press("t");
        const asked = await second.sees(/Take over a plan/);
        expect(asked).toMatch(/console is gone: it ran on this machine/);
        expect(asked).toMatch(/▲ disruptive +at worst, of what is left to do/);
        second.press("y");
        await second.sees(/type these words, take over: y/);
        second.press("ctrl-u", "take over", "tab", "y");
        await second.sees(/Taking it over/);
        await second.sees(/─ Jobs ─[\s\S]*Over[\s\S]*✓ done +move web02 from beta to alpha, live/, SLOW_MS);
        await onGuest(second, "web02");
        await second.sees(/▸. web02 +alpha +running/, SLOW_MS);
      });
    }));
});
