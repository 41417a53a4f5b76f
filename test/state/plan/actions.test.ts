/** The table of actions: whatever is in it can be offered, asked for and confirmed by a console that knows nothing of it. */
import { describe, expect, it } from "vitest";
import { flags } from "../../../src/cli/commands.ts";
import { menuReserved, subjectOf } from "../../../src/state/plan/action.ts";
import { actions, planFor } from "../../../src/state/plan/actions/index.ts";
import { type ActionArg, argProblem, objectKinds } from "../../../src/state/plan/arguments.ts";
import { isRefusal, type Risk } from "../../../src/state/plan/plan.ts";
import { pairFor } from "./pair.ts";

describe("the table of actions", () => {
  it.each(actions.map((action) => [action.id, action] as const))("%s is complete", (_, action) => {
    expect(action.id).toMatch(/^[a-z][a-z-]*( [a-z][a-z-]*){0,2}$/);
    expect(action.title).toMatch(/^[a-z]\S*( \S+){0,3}$/);
    expect(action.title.length).toBeLessThanOrEqual(24);
    expect(action.description).toMatch(/^[A-Z].*[^.]$/);
    expect(objectKinds).toContain(action.on);
    // What loses data is behind a capital.
    expect(action.letter).toMatch(action.risk === "data_loss" ? /^[A-Z]$/ : /^[a-z]$/);
    expect(menuReserved).not.toContain(action.letter);
    expect(subjectOf(action) === undefined).toBe(action.on === "pair");
    // A row that only helps to find it (a path's map) may be left out: then the other arguments say what is meant.
    if (action.on !== "pair" && subjectOf(action)?.optional === true)
      expect(action.args.some(({ optional, kind }) => !optional && kind === "choice")).toBe(true);
    if (action.risk === "data_loss") expect(action.marked, "what loses data is confirmed one by one").toBe(false);
    if (action.marked) expect(action.on).not.toBe("pair");
  });

  it("has one action for each letter, and for each key, of each kind of object", () => {
    for (const kind of objectKinds) {
      const own = actions.filter(({ on }) => on === kind);
      const letters = own.map(({ letter }) => letter);
      expect(new Set(letters).size, `${kind}: ${letters.join(" ")}`).toBe(letters.length);
      const keys = own.flatMap(({ key }) => key ?? []);
      expect(new Set(keys).size, `${kind}: ${keys.join(" ")}`).toBe(keys.length);
    }
    expect(new Set(actions.map(({ id }) => id)).size).toBe(actions.length);
  });

  it("asks for every argument in one line, and takes each by an option where it may be left out", () => {
    for (const { id, args } of actions) {
      expect(new Set(args.map(({ name }) => name)).size, id).toBe(args.length);
      const optional = args.map((arg) => arg.optional);
      expect([...optional].sort(), `${id}: what may be left out comes last`).toEqual(optional);
      for (const arg of args) {
        expect(arg.name, id).toMatch(/^[a-z][a-z-]*$/);
        expect(arg.prompt, `${id} ${arg.name}`).toMatch(/^[a-z].{2,58}[^.:?]$/);
        if (arg.kind === "number") expect(arg.min, `${id} ${arg.name}`).toBeLessThanOrEqual(arg.max);
        if (arg.kind === "text") expect(arg.length_max).toBeLessThanOrEqual(255);
        const flag = Object.values(flags).find(({ long }) => long === `--${arg.name}`);
        if (arg.optional) expect(flag?.argument, `${id}: --${arg.name} is in src/cli/commands.ts`).toBe(true);
      }
    }
  });

  it("makes no plan that is milder than its action says", async () => {
    const order: readonly Risk[] = ["routine", "disruptive", "data_loss"];
    const pair = pairFor();
    const ana = pair.open();
    await pair.pass(20_000);
    const view = pair.view(ana);
    const [guest] = view.guests;
    const values: Readonly<Record<ActionArg["kind"], string>> = {
      guest: guest?.key ?? "",
      resource: view.drbd[0]?.resource ?? "",
      host: view.hosts[0].id,
      storage: view.storage[0]?.key ?? "",
      network: view.bridges[0]?.name ?? "",
      address: "10.0.0.1",
      number: "1",
      choice: "1",
      text: "x",
    };
    let made = 0;
    for (const action of actions) {
      const needed = action.args.filter(({ optional }) => !optional);
      const plan = ana.operator.plan({ action: action.id, args: Object.fromEntries(needed.map(({ name, kind }) => [name, values[kind]])) });
      if (isRefusal(plan)) continue;
      made += 1;
      expect(order.indexOf(plan.risk), action.id).toBeGreaterThanOrEqual(order.indexOf(action.risk));
      if (plan.risk !== "routine") expect(plan.confirm.kind, action.id).toBe("typed");
      if (plan.risk === "data_loss") expect(plan.loses.length, action.id).toBeGreaterThan(0);
    }
    expect(made).toBeGreaterThan(5);
  });
});

describe("an argument", () => {
  const about = { name: "rate", optional: false, prompt: "how fast" } as const;
  const number = { ...about, kind: "number", unit: "KiB/s", min: 10, max: 1000 } as const;
  const address = { ...about, kind: "address" } as const;
  const text = { ...about, kind: "text", length_max: 5 } as const;

  it.each([
    [number, "10"],
    [number, "1000"],
    [address, "10.0.0.2"],
    [address, "fe80::1"],
    [address, "beta-mig.example.com"],
    [text, "ääkkö"],
  ] as const)("%# is taken", (arg, value) => expect(argProblem(arg, value)).toBeUndefined());

  it.each([
    [number, "9"],
    [number, "1001"],
    [number, "1e2"],
    [number, "-10"],
    [number, " 10"],
    [number, "ten"],
    [number, "9".repeat(400)],
    [address, "-oProxyCommand=reboot"],
    [address, "a;reboot"],
    [address, "$(reboot)"],
    [address, "a b"],
    [address, "a\nb"],
    [text, "123456"],
    [text, "a\x1b"],
  ] as const)("%# is refused in one sentence", (arg, value) => {
    expect(argProblem(arg, value)).toMatch(/\S/);
    expect(argProblem(arg, value)).not.toMatch(/\p{Cc}/u);
  });

  it("that can't be what it is said to be is refused before a plan is made", async () => {
    const pair = pairFor();
    const ana = pair.open();
    await pair.pass(20_000);
    const context = { state: ana.runtime.state(), view: pair.view(ana) };
    expect(planFor(context, { action: "migrate", args: { guest: "db01", via: "; reboot" } })).toMatchObject({
      refused: expect.stringContaining("is not a host's name or address"),
    });
    expect(planFor(context, { action: "migrate", args: {} })).toMatchObject({ refused: "migrate: the guest isn't said" });
  });
});
