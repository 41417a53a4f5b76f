import { describe, expect, it } from "vitest";
import { type Alert, alertLine, createAlerts, worstAlert } from "../../src/state/alerts.ts";
import { FIRST_LOOKS_MS, lookedAt, newsBetween } from "../../src/state/lives.ts";
import { initialState, update } from "../../src/state/update.ts";
import type { Finding } from "../../src/state/view-model.ts";
import { hostId } from "../../src/xen/model/ids.ts";

const finding = (over: Partial<Finding> = {}): Finding => ({
  rule: "drbd.split_brain",
  severity: "critical",
  object: "r0",
  cause: "split brain: r0 was written on both hosts",
  evidence: [],
  at_risk: ["web01"],
  next: "3: look at r0",
  screen: 3,
  since_ms: undefined,
  ...over,
});

function watching(wish: Parameters<typeof createAlerts>[0], start_ms = FIRST_LOOKS_MS + 1) {
  let state = initialState({ name: "shop", hosts: [hostId("alpha"), hostId("beta")], now_ms: 0 });
  let now_ms = start_ms;
  const alerts = createAlerts(wish);
  const told: Alert[] = [];
  return {
    told,
    words: () => told.map(({ event, severity, object }) => `${event} ${severity} ${object}`),
    during(seconds: number, ...found: readonly Finding[]) {
      for (let s = 0; s < seconds; s += 1) {
        const { lives } = state;
        state = lookedAt(state, found, now_ms);
        told.push(...alerts(newsBetween(lives, state.lives, now_ms), state, now_ms));
        now_ms += 1000;
      }
    },
    note(key: string, severity: "critical" | "warning" = "critical") {
      const ack = { key, by: "ana", at_ms: now_ms, until_ms: undefined, severity, at_risk: ["web01"] } as const;
      state = update(state, { kind: "finding.noted", ack, at_ms: now_ms });
    },
  };
}

describe("alerts", () => {
  it("come once for a new finding that is grave enough, and once when it is gone", () => {
    const pair = watching({ severity: "critical", initial: false });
    pair.during(30, finding(), finding({ object: "r1", severity: "warning" }));
    pair.during(30);
    expect(pair.words()).toEqual(["raised critical r0", "cleared critical r0"]);
    expect(pair.told[0]).toMatchObject({ pair: "shop", next: "3 DRBD, look at r0", at_risk: ["web01"], schema: "xenha-tui.alert/1" });
  });

  it("come when it gets worse, and not again while it stays so", () => {
    const pair = watching({ severity: "critical", initial: false });
    pair.during(30, finding({ severity: "warning" }));
    pair.during(30, finding());
    pair.during(5, finding({ severity: "warning" }));
    pair.during(30, finding());
    expect(pair.words()).toEqual(["worsened critical r0"]);
  });

  it("come of warnings too where that is wished", () => {
    const pair = watching({ severity: "warning", initial: false });
    pair.during(30, finding({ severity: "warning" }), finding({ object: "r1", severity: "info" }));
    expect(pair.words()).toEqual(["raised warning r0"]);
  });

  it("come once more where a warning that was alerted of gets critical", () => {
    const pair = watching({ severity: "warning", initial: false });
    pair.during(30, finding({ severity: "warning" }));
    pair.during(30, finding());
    pair.during(30);
    expect(pair.words()).toEqual(["raised warning r0", "worsened critical r0", "cleared critical r0"]);
    // Also where it was noted as the warning that it was.
    const noted = watching({ severity: "warning", initial: false });
    noted.during(30, finding({ severity: "warning" }));
    noted.note("drbd.split_brain r0", "warning");
    noted.during(30, finding({ severity: "warning" }));
    noted.during(30, finding());
    expect(noted.words()).toEqual(["raised warning r0", "worsened critical r0"]);
  });

  it("come of what was there at the start only where nobody looks", () => {
    for (const initial of [false, true]) {
      const pair = watching({ severity: "critical", initial }, 1);
      pair.during(30, finding());
      expect(pair.words()).toEqual(initial ? ["raised critical r0"] : []);
    }
  });

  it("don't come at each turn of what comes and goes", () => {
    const pair = watching({ severity: "critical", initial: false });
    for (let turn = 0; turn < 10; turn += 1) {
      pair.during(10, finding());
      pair.during(10);
    }
    expect(pair.words()).toEqual(["raised critical r0", "cleared critical r0"]);
  });

  it("don't come of what somebody has noted, unless it gets worse", () => {
    const pair = watching({ severity: "warning", initial: false });
    pair.during(30, finding({ severity: "warning" }));
    pair.note("drbd.split_brain r0");
    pair.during(30);
    pair.during(30, finding({ severity: "warning" }));
    expect(pair.words()).toEqual(["raised warning r0", "cleared warning r0"]);
  });

  it("have one line in which nothing can end the sequence that carries it", () => {
    const pair = watching({ severity: "critical", initial: false });
    pair.during(10, finding({ cause: "a;b\u0007c\u001b]52;c;x\u009cd\u202e" }), finding({ object: "r2", severity: "critical" }));
    const worst = worstAlert(pair.told);
    expect(alertLine(worst as Alert)).toMatch(/^shop: critical r0: a,b c /);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
    expect(alertLine(worst as Alert)).not.toMatch(/[\u0000-\u001f\u007f-\u009f;]/);
  });
});
