/**
 * Each runbook walked on its drill, at 80x24: the finding leads to it, its keys exist, and pressing them shows what it says. The pair is simulated and so is its
 * clock; the screens are the real ones.
 */
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { findScenario } from "../../src/sim/scenarios/index.ts";
import { rules } from "../../src/state/diagnose/index.ts";
import { actionNamed } from "../../src/state/plan/actions/index.ts";
import { rulesWithRunbook, runbookFor, runbooks } from "../../src/state/runbooks/index.ts";
import type { RunbookStep } from "../../src/state/runbooks/runbook.ts";
import { createSelectPair } from "../../src/state/select/pair.ts";
import { commandsOf } from "../../src/views/commands.ts";
import { buildDetail } from "../../src/views/panes/detail.ts";
import { panes } from "../../src/views/panes/index.ts";
import { createScreenCore, createScreenStore } from "../../src/views/screen-core.ts";
import { createTheme } from "../../src/views/theme.ts";
import { initialUi } from "../../src/views/ui.ts";
import { playStory } from "../state/story.ts";

/** What a step's keys must show, and how much later it is pressed than the step before. */
interface Walk {
  /** What the finding is about, as it is typed. */
  readonly name: string;
  /** The rule whose finding has this runbook, when the first step is taken. undefined: the incident is planned, and has none. */
  readonly rule: string | undefined;
  /** By the number of the step; absent: not on this console. */
  readonly steps: Readonly<Record<number, { readonly after_s?: number; readonly sees: RegExp }>>;
}

const walks: Readonly<Record<string, Walk>> = {
  "host-dies": {
    name: "beta",
    rule: "host.unreachable",
    steps: {
      1: { after_s: 60, sees: /finding beta[\s\S]*no contact with beta[\s\S]*DRBD on alpha has lost it too/ },
      2: { sees: /Trying every host and reading again[\s\S]*\nreconnect$/ },
      3: { sees: /Lose beta: 2 of 4 restart on alpha; ldap01, web02 not known/ },
      5: { sees: /Guests[\s\S]*web02/ },
      6: { sees: /\nreport$/ },
    },
  },
  "host-returns": {
    name: "ldap01",
    rule: "host.returned",
    steps: {
      1: { after_s: 60, sees: /beta +live[\s\S]*up \d+ s/ },
      2: { sees: /Guests[\s\S]*ldap01 +alpha/ },
      3: { sees: /SyncTarget|UpToDate/ },
      4: { sees: /guest ldap01/ },
      5: { after_s: 170, sees: /Lose beta:/ },
    },
  },
  "resync-stalls": {
    name: "db01",
    rule: "drbd.stalled",
    steps: {
      1: { after_s: 60, sees: /db01[\s\S]*stalled for (?:more than )?\d+ (?:s|min): / },
      3: { sees: /Network[\s\S]*ens1f0|xenbr/ },
      4: { sees: /Timeline[\s\S]*match(?:es)? "error"/ },
      6: { after_s: 200, sees: /db01[\s\S]*resync/ },
    },
  },
  "split-brain": {
    name: "mail01",
    rule: "drbd.split_brain",
    steps: {
      1: { after_s: 30, sees: /StandAlone Pri[\s\S]*split brain for [\s\S]*alpha Primary[\s\S]*beta +Primary[\s\S]*generations: / },
      2: { sees: /mail01/ },
      3: { sees: /Timeline[\s\S]*(?:mail01|drbd)/ },
      5: { sees: /DRBD/ },
    },
  },
  "path-flaps": {
    name: "alpha",
    rule: "storage.path_flapping",
    steps: {
      1: { after_s: 30, sees: /lost \d+ times in 10 min, all by portal 10\.99\.2\.20[\s\S]*Guests at risk|Guests at risk|all by portal/ },
      2: { sees: /Storage[\s\S]*paths/ },
      5: { sees: /Storage[\s\S]*paths/ },
    },
  },
  maintenance: {
    name: "alpha",
    rule: undefined,
    steps: {
      1: { after_s: 20, sees: /Lose alpha: / },
      2: { sees: /Guests[\s\S]*(?:moving to beta|beta)/ },
      3: { after_s: 300, sees: /Secondary/ },
      4: { sees: /0 guests[\s\S]*Lose alpha: nothing runs there/ },
    },
  },
  "network-missing": {
    name: "xenbr-dmz",
    rule: "net.parity",
    steps: {
      1: { after_s: 30, sees: /bridge xenbr-dmz[\s\S]*missing on beta/ },
      3: { after_s: 260, sees: /✓ xenbr-dmz|xenbr-dmz +ok/ },
      4: { sees: /Lose alpha: (?!.*xenbr-dmz)/ },
    },
  },
  "disk-fills": {
    name: "/var/log",
    rule: "storage.fill",
    steps: {
      1: { after_s: 40, sees: /\/var\/log[\s\S]*100 % used/ },
      2: { sees: /storage \/var\/log/ },
      4: { sees: /Storage/ },
    },
  },
  "migration-sticks": {
    name: "proxy01",
    rule: "guest.incoming",
    steps: {
      1: { after_s: 120, sees: /stuck at the handover[\s\S]*never resume both/ },
      2: { sees: /guest proxy01[\s\S]*proxy01--(?:incoming|migratedaway)/ },
      3: { sees: /Jobs/ },
      6: { sees: /Guests[\s\S]*proxy01/ },
    },
  },
  "own-link": {
    name: "alpha",
    rule: "host.unreachable",
    steps: {
      1: { after_s: 48, sees: /no contact with alpha[\s\S]*it is alive: DRBD on beta/ },
      2: { sees: /Trying every host/ },
      3: { sees: /Jobs/ },
      4: { after_s: 30, sees: /Timeline[\s\S]*connected/ },
    },
  },
  "replication-cut": {
    name: "ens1f0",
    rule: "net.carrier",
    steps: {
      1: { after_s: 90, sees: /Connecting/ },
      2: { sees: /ens1f0[\s\S]*no carrier/ },
      5: { sees: /DRBD/ },
    },
  },
};

function walking(scenario: string) {
  const story = playStory(scenario);
  const select = createSelectPair();
  const look = () => select(story.state(), story.now_ms());
  let effects: string[] = [];
  const store = createScreenStore(look());
  const core = createScreenCore(store, { panes, detail: buildDetail }, createTheme({ depth: "none", light: false, ascii: false }));
  const reset = (): void => store.setState({ view: look(), ui: initialUi(80, 24) });
  reset();
  return {
    view: look,
    /** The screen, and what the keys wished for beyond it. */
    text: () => `${stripVTControlCharacters(core.rows().join("\n"))}\n${effects.join(" ")}`,
    advance(seconds: number) {
      // As the runtime does: one view a second.
      for (let s = 0; s < seconds; s += 1) story.advance(1000);
      reset();
    },
    /** A step begins where one happens to be: at the first screen. */
    take({ keys = [] }: RunbookStep, { name, rule }: Walk) {
      reset();
      effects = [];
      const typed = keys.flatMap((key, at) => (key === "NAME" ? [...name] : keys[at - 1] === "/" ? [...key] : [key]));
      for (const [at, key] of typed.entries()) {
        const press = (): void =>
          void effects.push(...core.dispatch([{ kind: "key", key: key === " " ? "space" : key }]).map(({ kind }) => kind));
        press();
        // Until it is the one.
        for (
          let again = 0;
          key === "f" && at === 0 && again < 20 && store.getState().ui.places.get("overview")?.key?.startsWith(`finding ${rule} `) !== true;
          again += 1
        )
          press();
      }
    },
  };
}

const wordless = (keys: readonly string[]): readonly string[] => keys.filter((key, at) => key !== "NAME" && keys[at - 1] !== "/");

describe("the table of runbooks", () => {
  it("has one for each of the ten incidents, each with its drill", () => {
    expect(runbooks.flatMap(({ incident }) => incident ?? []).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    for (const { scenario, id } of runbooks) expect([id, findScenario(scenario)?.name]).toEqual([id, scenario]);
    expect(new Set(runbooks.map(({ id }) => id)).size).toBe(runbooks.length);
  });

  it("names keys that the command table has, and actions that there are", () => {
    const known = new Set(commandsOf(panes, "acts").flatMap(({ keys }) => keys));
    for (const { id, steps } of runbooks)
      for (const { keys = [], action } of steps) {
        expect([id, wordless(keys).filter((key) => !known.has(key))]).toEqual([id, []]);
        if (action !== undefined) expect([id, action, actionNamed(action) !== undefined]).toEqual([id, action, true]);
      }
  });

  it("belongs to rules that there are, by ids that there are", () => {
    const ids = new Set(runbooks.map(({ id }) => id));
    for (const rule of rulesWithRunbook) {
      expect([rule, rules.some(({ id }) => id === rule)]).toEqual([rule, true]);
      for (const severity of ["critical", "warning", "info"] as const)
        expect([rule, ids.has(runbookFor({ rule, severity }) ?? "")]).toEqual([rule, true]);
    }
    expect(runbookFor({ rule: "toString", severity: "info" })).toBeUndefined();
  });

  it("is walked whole: every step that has keys", () => {
    for (const { id, steps } of runbooks) {
      const wanted = steps.flatMap(({ keys }, index) => (keys === undefined ? [] : [index + 1]));
      expect([id, Object.keys(walks[id]?.steps ?? {}).map(Number)]).toEqual([id, wanted]);
    }
  });
});

describe.each(runbooks.map((runbook) => [runbook.id, runbook] as const))("%s", (id, { scenario, steps, title }) => {
  it("is opened from its finding by r, and leads to green step by step", () => {
    const walk = walks[id];
    if (walk === undefined) throw new Error(`nobody walks ${id}`);
    const console = walking(scenario);
    for (const [index, step] of steps.entries()) {
      const wanted = walk.steps[index + 1];
      if (wanted === undefined) continue;
      console.advance(wanted.after_s ?? 1);
      if (index === 0 && walk.rule !== undefined) {
        const finding = console.view().findings.find(({ rule, runbook }) => rule === walk.rule && runbook === id);
        expect([id, console.view().findings.map(({ rule, runbook }) => `${rule} ${runbook}`), finding?.rule]).toEqual([
          id,
          expect.anything(),
          walk.rule,
        ]);
        console.take({ do: "", keys: ["f", "r"] }, walk);
        expect(console.text()).toContain(title);
      }
      console.take(step, walk);
      expect(console.text(), `${id}, step ${index + 1}: ${step.do}`).toMatch(wanted.sees);
    }
  });
});
