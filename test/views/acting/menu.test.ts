/** What is offered on a row and why the rest isn't, how what is missing is asked for, and the ways to a plan that don't go through a menu. */
import { beforeAll, describe, expect, it } from "vitest";
import { actions } from "../../../src/state/plan/actions/index.ts";
import { offersFor } from "../../../src/views/acting/offers.ts";
import { fixturePlan, fixtureStep, move } from "../panes/fixture-plans.ts";
import { cursorOn, type Known, known, type Player, play } from "./world.ts";

let well: Known;
let split: Known;
beforeAll(async () => {
  [well, split] = await Promise.all([known(), known("split-brain")]);
}, 120_000);

const overlay = (player: Player): string => player.ui().overlay.kind;
const ran = (player: Player) => player.effects.filter(({ kind }) => kind === "run" || kind === "take_over" || kind === "let_go");
const lineWith = (player: Player, text: RegExp): string =>
  player
    .screen()
    .split("\n")
    .find((line) => text.test(line)) ?? "";

describe("the action menu", () => {
  it("lists what can be done to the row by letter and risk, and why the rest can't", () => {
    const player = play(well, { columns: 120, rows: 40 });
    cursorOn(player, "2", "db01");
    player.press("a");
    expect(player.screen()).toContain("What to do to guest db01");
    for (const { on, letter, title } of actions.filter((action) => action.on === "guest" && action.fits === undefined))
      expect(player.screen(), on).toMatch(new RegExp(`│ .{2}${letter} +${title}`));
    expect(lineWith(player, /m +migrate/)).toMatch(/▲ disruptive +Move a running guest/);
    expect(lineWith(player, /s +start/)).toMatch(/not now: db01 is on alpha: running/);
    expect(lineWith(player, /u +unpause/)).toMatch(/not now: db01 on alpha: running/);
    expect(lineWith(player, /O +destroy/)).toMatch(/✗ loses data/);
  });

  it("shows the plan of what is chosen by letter, or by the cursor and enter, and does nothing", () => {
    const player = play(well);
    cursorOn(player, "2", "db01");
    player.press("a", "h");
    expect(player.screen()).toContain("shut db01 down on alpha");
    player.press("escape", "a");
    const { overlay: open } = player.ui();
    const offers = open.kind === "menu" ? offersFor(open.menu.subjects, player.world().act) : [];
    const at = offers.findIndex(({ action }) => action.id === "guest shutdown");
    player.press(...Array<string>(at + 1).fill("j"), "k", "enter");
    expect(player.screen()).toContain("shut db01 down on alpha");
    expect(overlay(player)).toBe("plan");
    expect(ran(player)).toEqual([]);
  });

  it("opens the plan also of what can't be done, so that it says what stands against it", () => {
    const player = play(well);
    cursorOn(player, "2", "mail01");
    player.press("a", "m");
    expect(player.screen()).toContain("it can't be confirmed");
  });

  it("says at the foot what can't even be planned", () => {
    const player = play(well);
    const stopped = well.view.guests.map((guest) => (guest.name === "db01" ? { ...guest, placements: [] } : guest));
    player.know({ ...well, view: { ...well.view, guests: stopped } });
    cursorOn(player, "2", "db01");
    player.press("a", "h");
    expect(overlay(player)).toBe("none");
    expect(player.ui().toast?.text).toMatch(/^shut down: db01 runs on neither host/);
  });

  it("is about what an open detail, a finding or a plan is about", () => {
    const player = play({ ...well, view: { ...well.view, plans: [fixturePlan({ keys: ["guest-db01", "drbd-db01"] })] } });
    cursorOn(player, "2", "db01");
    player.press("enter", "a");
    expect(player.screen()).toContain("What to do to guest db01");
    player.press("escape", "escape", "6", "a");
    expect(player.screen()).toContain("What to do to guest db01");
    player.press("escape", "1", "/", "ctrl-u");
    player.type("resyncs");
    player.press("enter", "a");
    expect(player.screen()).toContain("What to do to guest mail01");
  });

  it("acts on marked rows only where the action takes several", () => {
    const player = play(well);
    for (const name of ["db01", "web01"]) {
      cursorOn(player, "2", name);
      player.press("space");
    }
    player.press("escape", "a");
    expect(player.screen()).toContain("What to do to 2 guests: db01, web01");
    expect(lineWith(player, /O +destroy/)).toContain("not now: one at a time");
    player.press("O");
    expect(overlay(player)).toBe("none");
  });

  it("closes when the row it is about can't be acted on any more: it says so in place of a plan", () => {
    const player = play(well);
    cursorOn(player, "2", "db01");
    player.press("a");
    player.know({ ...well, view: { ...well.view, guests: [] } });
    player.press("h");
    expect(ran(player)).toEqual([]);
    expect(player.ui().toast?.text).toContain("there is no guest");
  });
});

describe("what an action needs and nobody said", () => {
  it("is chosen by its letter where there are few", () => {
    const player = play(well);
    cursorOn(player, "3", "web01");
    player.press("a", "s");
    expect(player.screen()).toMatch(/on which host[\s\S]*a {2}alpha[\s\S]*b {2}beta/);
    player.press("z", "b");
    expect(player.screen()).toContain("disconnect web01 on beta");
  });

  it("is asked for although it may be left out, where without it there is no plan", () => {
    const stopped = well.view.guests.map((guest) =>
      guest.name === "db01" ? { ...guest, placements: [], host: undefined, can_run: guest.can_run } : guest,
    );
    const player = play({ ...well, view: { ...well.view, guests: stopped } });
    cursorOn(player, "2", "db01");
    player.press("a", "s");
    expect(player.screen()).toContain("on which host");
  });

  it("is refused in one sentence where it can't be that, and asked for again", () => {
    const player = play(well);
    cursorOn(player, "2", "db01");
    // The options of a plan that needs none: to which host, over which address.
    player.press("m", "tab", "o");
    expect(player.screen()).toMatch(/to which host \(may be left out: tab\)/);
    player.press("tab");
    expect(player.screen()).toContain("the target's address");
    player.type("; reboot");
    player.press("enter");
    expect(player.screen()).toContain(`"; reboot" is not a host's name or address`);
    player.press("ctrl-u");
    player.type("10.99.1.2");
    player.press("enter");
    expect(player.screen()).toMatch(/xl migrate -s '.*' \d+[\s│]+10\.99\.1\.2/);
  });

  it("is cancelled by escape, and nothing was done", () => {
    const player = play(well);
    cursorOn(player, "3", "web01");
    player.press("a", "s", "escape");
    expect(overlay(player)).toBe("none");
    expect(player.ui().toast?.text).toBe("Nothing was done.");
  });
});

describe("the palette", () => {
  const typed = (text: string, known: Known = well): Player => {
    const player = play(known, { columns: 120, rows: 40 });
    player.press(":");
    player.type(text);
    return player;
  };

  it.each([
    ["migrate web01", "move web01 from alpha to beta, live"],
    ["migrate web0", "move web01 from alpha to beta, live"],
    ["shutdown db01", "shut db01 down on alpha"],
    ["guest pause ldap01", "pause ldap01 on beta"],
    ["drbd disconnect web01 beta", "disconnect web01 on beta"],
    ["migrate web01 beta", "move web01 from alpha to beta, live"],
  ])("takes %j to its plan", (text, goal) => {
    const player = typed(text);
    player.press("enter");
    expect(player.screen()).toContain(goal);
    expect(ran(player)).toEqual([]);
  });

  it("finds actions by their letters too, and asks for what they are done to", () => {
    const player = typed("split brain", split);
    expect(player.screen()).toContain("drbd repair");
    player.press("enter");
    expect(overlay(player)).toBe("form");
    expect(player.screen()).toContain("which resource");
  });

  it("says where an object isn't known, and offers nothing", () => {
    const player = typed("migrate nosuchguest");
    expect(player.screen()).not.toMatch(/migrate nosuchguest .*action/);
    player.press("enter");
    expect(overlay(player)).not.toBe("plan");
  });

  it("allows changes for a while only where that is a time", () => {
    const mode = { kind: "read_only", reason: "started with --read-only", may_allow: true } as const;
    const allowing = (text: string) => {
      const player = play(well, { mode });
      player.press(":");
      player.type(text);
      player.press("enter");
      return player.effects;
    };
    expect(allowing("rw 30m")).toEqual([{ kind: "allow", minutes: 30 }]);
    expect(allowing("rw")).toEqual([{ kind: "allow", minutes: 15 }]);
    expect(allowing("rw soon")).toEqual([]);
    expect(allowing("rw 99h")).toEqual([]);
  });
});

describe("a plan that another console began", () => {
  const left = fixturePlan({ state: "quiet", quiet_ms: 300_000, keys: ["guest-db01"] });
  const on = (plan = left, desk = {}): Player => {
    const player = play({ ...well, view: { ...well.view, plans: [plan] } });
    player.desk(desk);
    player.press("6");
    return player;
  };

  it("is taken over by words where what is left is disruptive, by y alone where it is routine", () => {
    const player = on();
    player.press("t");
    expect(player.screen()).toContain("Take over a plan");
    player.type("take over");
    player.press("tab", "y");
    expect(ran(player)).toEqual([{ kind: "take_over", plan: "p1", reason: "" }]);
    const mild = on(fixturePlan({ ...left, risk_left: "routine" }));
    mild.press("t", "y");
    expect(ran(mild)).toEqual([{ kind: "take_over", plan: "p1", reason: "" }]);
  });

  it("takes the words too where its console may still be there, and others where data would be lost", () => {
    const running = on(fixturePlan({ risk_left: "routine" }));
    running.press("t", "y");
    expect(ran(running)).toEqual([]);
    const losing = on(fixturePlan({ ...left, risk_left: "data_loss" }));
    losing.press("t");
    losing.type("take over");
    losing.press("tab", "y");
    expect(ran(losing)).toEqual([]);
    losing.press("shift-tab");
    losing.type(" and lose data");
    losing.press("tab", "y");
    expect(ran(losing)).toEqual([{ kind: "take_over", plan: "p1", reason: "" }]);
  });

  it("waits for its steps where the hosts don't tell them: what would be done is known before it is confirmed", () => {
    const untold = fixturePlan({ ...left, risk_left: undefined, steps: [{ ...fixtureStep(move), step: undefined }], at: 0 });
    const player = on(untold);
    player.press("t");
    expect(player.effects).toEqual([{ kind: "fetch", plan: "p1" }]);
    player.type("take over");
    player.press("tab", "y");
    expect(ran(player)).toEqual([]);
    expect(player.screen()).toContain("what is left of it to do isn't told");
  });

  it("is left alone where its journal can't be relied on, and can be let go of", () => {
    const player = on(fixturePlan({ ...left, doubt: ["the hosts tell line 000002 differently"] }));
    player.press("t");
    expect(overlay(player)).toBe("none");
    expect(player.ui().toast?.text).toMatch(/take over: hands off/);
    player.press("L");
    player.type("let go");
    player.press("tab", "tab");
    player.type("settled by hand");
    player.press("enter", "y");
    expect(ran(player)).toEqual([{ kind: "let_go", plan: "p1", reason: "settled by hand" }]);
  });
});

describe("a plan of this console", () => {
  const run = {
    id: "p1",
    goal: "move db01",
    steps: 2,
    state: "running",
    since_ms: 0,
    progress: undefined,
    stopping: false,
    outcome: undefined,
  } as const;

  it("stops after the step that runs", () => {
    const player = play({ ...well, view: { ...well.view, plans: [fixturePlan()] } });
    player.desk({ runs: [run] });
    player.press("6", "p");
    expect(player.effects).toEqual([{ kind: "stop", plan: "p1" }]);
  });

  it("is asked about once before the console ends, and not in a window where nothing can be seen", () => {
    const player = play(well);
    player.desk({ runs: [run] });
    player.press("q");
    expect(player.screen()).toContain("This console drives a plan");
    player.press("enter", "ctrl-c");
    expect(player.effects).toEqual([]);
    player.press("ctrl-c");
    expect(player.effects).toEqual([{ kind: "quit" }]);
    const small = play(well, { columns: 40, rows: 10 });
    small.desk({ runs: [run] });
    small.press("q");
    expect(small.effects).toEqual([{ kind: "quit" }]);
    const over = play(well);
    over.desk({ runs: [{ ...run, state: "over" }] });
    over.press("q");
    expect(over.effects).toEqual([{ kind: "quit" }]);
  });
});
