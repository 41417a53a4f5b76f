/** Nothing is done but what was shown and confirmed, whatever keys come in whatever order. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { isRefusal } from "../../../src/state/plan/plan.ts";
import type { PairState } from "../../../src/state/state.ts";
import { judgeDialog } from "../../../src/views/acting/dialog.ts";
import { commandsOf } from "../../../src/views/commands.ts";
import { panes } from "../../../src/views/panes/index.ts";
import { cursorOn, type Known, known, type Player, play } from "./world.ts";

let well: Known;
let later: Known;
let split: Known;
beforeAll(async () => {
  [well, later, split] = await Promise.all([known(), known("pair", 60_000), known("split-brain")]);
}, 120_000);

const changing = new Set(["run", "take_over"]);
const tableKeys = commandsOf(panes, "acts").flatMap(({ keys }) => keys);
const letters = [..."abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_. "].map((key) => (key === " " ? "space" : key));

type Act =
  | { readonly keys: readonly string[] }
  | { readonly meant: readonly string[] }
  | { readonly word: true }
  | { readonly paste: string }
  | { readonly know: 0 | 1 | 2 };
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...tableKeys, ...letters, "backspace", "tab", "enter").map((key) => ({ keys: [key] })) },
  // What somebody would do who means it, or nearly.
  {
    weight: 3,
    arbitrary: fc
      .constantFrom(["2", "m"], ["2", "a", "m"], ["2", "a", "O"], ["3", "a", "s"], ["2", "space", "space", "m"])
      .map((keys) => ({ keys })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(["escape", "escape", "2", "j", "j", "m"], ["escape", "escape", "2", "G", "a", "h"])
      .map((meant) => ({ meant })),
  },
  { weight: 3, arbitrary: fc.constant({ word: true } as const) },
  {
    weight: 3,
    arbitrary: fc.constantFrom(["tab", "y"], ["y"], ["y", "enter"], ["enter", "y"], ["tab", "enter"]).map((keys) => ({ keys })),
  },
  { weight: 1, arbitrary: fc.constantFrom("web01", "db01", "y", "2 guests").map((paste) => ({ paste })) },
  { weight: 1, arbitrary: fc.constantFrom<0 | 1 | 2>(0, 1, 2).map((know) => ({ know })) },
);

/** What the dialog that is open wants typed. */
function wanted(player: Player): string | undefined {
  const { overlay } = player.ui();
  if (overlay.kind !== "plan") return undefined;
  const { confirm } = judgeDialog(overlay.dialog, player.world().act);
  return confirm.kind === "typed" ? confirm.word : undefined;
}

/** What the hosts tell of live configurations, under newer numbers. */
function startedAnew(state: PairState, more: number): PairState {
  const hosts = [...state.hosts].map(([id, host]) => {
    const known = host.facts["xl-list-long"];
    if (known.state !== "known") return [id, host] as const;
    const domains = known.value.domains.map((each) => ({ ...each, domid: each.domid + more }));
    const live = { ...known, value: { ...known.value, domains } };
    return [id, { ...host, facts: { ...host.facts, "xl-list-long": live } }] as const;
  });
  return { ...state, hosts: new Map(hosts) };
}

describe("any keys in any order", () => {
  it("do nothing that wasn't shown, possible, and confirmed by its own word and y", () => {
    let confirmed = 0;
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const player = play(well);
        // Characters typed since the plan came up: what confirms must be among them, in order.
        let typed = "";
        const press = (key: string): void => {
          const before = player.ui().overlay;
          const word = wanted(player);
          const judged = before.kind === "plan" ? judgeDialog(before.dialog, player.world().act) : undefined;
          const effects = player.event({ kind: "key", key });
          const did = effects.filter(({ kind }) => changing.has(kind));
          if (before.kind !== "plan") typed = "";
          else typed += key === "space" ? " " : key.length === 1 ? key : "";
          expect(did.length).toBeLessThanOrEqual(1);
          const [one] = did;
          if (one === undefined) return;
          confirmed += 1;
          expect(key).toBe("y");
          if (before.kind !== "plan" || judged === undefined || one.kind !== "run") throw new Error("confirmed what wasn't shown");
          // The very plans that were shown.
          expect(one.plans).toEqual(before.dialog.parts.map(({ shown }) => shown));
          expect(one.plans.some((plan) => isRefusal(plan))).toBe(false);
          expect(judged.parts.flatMap(({ against }) => against)).toEqual([]);
          expect(judged.changed).toBe(false);
          if (word !== undefined) expect(typed).toContain(word);
          if (judged.risk !== "routine") expect(word).toBeDefined();
        };
        const word = (): void => {
          for (const key of wanted(player) ?? "") press(key === " " ? "space" : key);
        };
        for (const each of acts) {
          if ("meant" in each) {
            each.meant.forEach(press);
            word();
            press("tab");
            press("y");
          } else if ("keys" in each) for (const key of each.keys) press(key);
          else if ("word" in each) word();
          else if ("paste" in each)
            expect(player.event({ kind: "paste", text: each.paste }).filter(({ kind }) => changing.has(kind))).toEqual([]);
          else player.know([well, later, split][each.know] ?? well);
        }
      }),
      { numRuns: 300 },
    );
    // The property would hold of a screen on which nothing can be confirmed.
    expect(confirmed).toBeGreaterThan(20);
  }, 120_000);

  it("start nothing without y", () => {
    const others = [...tableKeys, ...letters, "backspace", "tab", "enter", "delete", "insert"].filter((key) => key !== "y");
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...others), { maxLength: 60 }), (keys) => {
        const player = play(well);
        player.press("2", "m", ...keys);
        expect(player.effects.filter(({ kind }) => changing.has(kind))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);

  it("open nothing that could change anything where it is read-only", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tableKeys, ...letters, "enter", ":"), { maxLength: 60 }), (keys) => {
        const player = play(well, { mode: { kind: "read_only", reason: "started with --read-only", may_allow: true } });
        player.press("2");
        for (const key of keys) {
          player.press(key);
          expect(["menu", "form", "plan", "takeover"]).not.toContain(player.ui().overlay.kind);
        }
        expect(player.effects.filter(({ kind }) => changing.has(kind) || kind === "stop" || kind === "prepare")).toEqual([]);
      }),
      { numRuns: 300 },
    );
  }, 60_000);
});

describe("a disruptive plan", () => {
  const opened = (): Player => {
    const player = play(well);
    cursorOn(player, "2", "db01");
    player.press("m");
    return player;
  };

  it("takes its word to the letter, then tab, then y", () => {
    const player = opened();
    player.type("db0");
    player.press("tab", "y");
    expect(player.effects.some(({ kind }) => kind === "run")).toBe(false);
    expect(player.screen()).toContain("Not done: the guest's name isn't typed yet: db01.");
    player.press("shift-tab");
    player.type("1");
    player.press("tab", "y");
    expect(player.effects.at(-1)).toMatchObject({ kind: "run", plans: [{ goal: "move db01 from alpha to beta, live" }], reason: "" });
  });

  it("isn't confirmed by enter, wherever that is pressed", () => {
    const player = opened();
    player.type("db01");
    player.press("enter");
    expect(player.screen()).toContain("Enter confirms nothing: tab, then y.");
    player.press("tab", "enter");
    expect(player.ui().overlay.kind).toBe("none");
    expect(player.effects.some(({ kind }) => kind === "run")).toBe(false);
  });

  it("takes no pasted word, and a pasted reason", () => {
    const player = opened();
    player.event({ kind: "paste", text: "db01" });
    expect(player.screen()).toContain("Nothing can be pasted here");
    player.type("db01");
    player.press("tab", "tab");
    player.event({ kind: "paste", text: "a disk is failing\nrm -rf /" });
    player.press("enter", "y");
    expect(player.effects.at(-1)).toMatchObject({ kind: "run", reason: "a disk is failing" });
  });

  it("that changed meanwhile says so, and is confirmed only once it was shown anew", () => {
    const player = opened();
    player.type("db01");
    // The guest was started anew: another domain.
    const guest = well.view.guests.find(({ name }) => name === "db01");
    const moved = well.view.guests.map((each) =>
      each === guest ? { ...each, placements: each.placements.map((place) => ({ ...place, domid: place.domid + 7 })) } : each,
    );
    player.know({ facts: startedAnew(well.facts, 7), view: { ...well.view, guests: moved } });
    expect(player.screen()).toContain("Things have changed since this was shown");
    player.press("tab", "y");
    expect(player.effects.some(({ kind }) => kind === "run")).toBe(false);
    player.press("r");
    expect(player.screen()).toContain(`5 beta`.replace("5", String((guest?.placements[0]?.domid ?? 0) + 7)));
    expect(player.screen()).toContain("type the guest's name, db01:");
    player.type("db01");
    player.press("tab", "y");
    expect(player.effects.filter(({ kind }) => kind === "run").length).toBe(1);
  });

  it("can't be confirmed where something stands against it, and says what is safe next", () => {
    const player = play(well);
    cursorOn(player, "2", "mail01");
    player.press("m");
    const screen = player.screen();
    expect(screen).toContain("Stands against it");
    expect(screen).toMatch(/✗ mail01 SyncTarget [\d.]+ % on beta/);
    expect(screen).toMatch(/next: .*3 DRBD/);
    expect(screen).toContain("it can't be confirmed");
    player.type("mail01");
    player.press("tab", "y", "y");
    expect(player.effects.some(({ kind }) => kind === "run")).toBe(false);
  });

  it("turns against it when a check turns red while it is on the screen", () => {
    const player = opened();
    player.type("db01");
    const drbd = well.view.drbd.map((row) =>
      row.resource !== "db01" ? row : { ...row, sides: [{ ...row.sides[0], connection: "StandAlone" }, row.sides[1]] as typeof row.sides },
    );
    player.know({ ...well, view: { ...well.view, drbd } });
    expect(player.screen()).toContain("db01/0 on alpha is StandAlone");
    player.press("tab", "y");
    expect(player.effects.some(({ kind }) => kind === "run")).toBe(false);
  });
});

describe("what loses data", () => {
  it("lists what, and wants a phrase", () => {
    const player = play(split);
    const resource = split.view.drbd.find(({ split_brain }) => split_brain !== undefined)?.resource ?? "";
    cursorOn(player, "3", resource);
    player.press("a", "R");
    expect(player.screen()).toContain("whose data is given up");
    player.press("b");
    const screen = player.screen();
    expect(screen).toContain("loses data");
    expect(screen).toMatch(/lost for good: everything written to/);
    player.press("y");
    expect(player.effects.some(({ kind }) => kind === "run")).toBe(false);
  });
});

describe("marked guests", () => {
  it("make one set, confirmed by how many they are; those that can't are left out by l alone", () => {
    const player = play(well);
    player.press("2", "g", "space");
    for (const name of ["db01", "web01"]) {
      cursorOn(player, "2", name);
      player.press("space");
    }
    player.press("escape");
    // mail01 stands first: it is in trouble, and was marked first.
    player.press("m");
    expect(player.screen()).toContain("migrate: 3 of them");
    expect(player.screen()).toContain("l leaves out what can't");
    player.press("y");
    expect(player.effects.some(({ kind }) => kind === "run")).toBe(false);
    player.press("l");
    expect(player.screen()).toContain("type how many they are, 2 guests:");
    player.type("2 guests");
    player.press("tab", "y");
    const [run] = player.effects.filter(({ kind }) => kind === "run");
    expect(run).toMatchObject({ plans: [{ request: { action: "migrate" } }, { request: { action: "migrate" } }] });
  });
});

describe("a name that no key types", () => {
  it("is shown and typed with a question mark where that is", () => {
    const named = (name: string) => well.view.guests.map((guest) => (guest.name === "db01" ? { ...guest, name } : guest));
    const player = play({ ...well, view: { ...well.view, guests: named("db\ufffd1") } });
    cursorOn(player, "2", "db\ufffd1");
    player.press("m");
    expect(player.screen()).toContain("type the guest's name, db?1:");
    player.type("db?1");
    player.press("tab", "y");
    expect(player.effects.filter(({ kind }) => kind === "run").length).toBe(1);
  });
});
