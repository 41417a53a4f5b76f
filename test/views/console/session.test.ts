/** One console from its beginning to its end, by what the hosts tell and what its channel does. Pure: no channel, no clock. */
import { describe, expect, it } from "vitest";
import { newSession, type Session, type SessionEffect, type SessionEvent, step } from "../../../src/views/console/session.ts";
import type { Target } from "../../../src/views/console/target.ts";
import { hostId } from "../../../src/xen/model/ids.ts";

const [alpha, beta] = [hostId("alpha"), hostId("beta")];
const at = (host: typeof alpha, domid: number, state = "running"): Target => ({
  kind: "at",
  spot: { host, domid },
  state,
  doubt: undefined,
});
const nowhere: Target = { kind: "nowhere", text: "web01 doesn't run", tone: "warning" };
const seen = (target: Target, more: Partial<Extract<SessionEvent, { kind: "seen" }>> = {}): SessionEvent => ({
  kind: "seen",
  target,
  incoming: [],
  live: [alpha, beta],
  ...more,
});
const begun: SessionEvent = { kind: "begun", rivals: [] };
const ended = (words: string | undefined = undefined, status: number | undefined = 0): SessionEvent => ({ kind: "ended", words, status });
const LOCKED = "xenconsole: Could not lock /var/lock/xenconsole.5: Resource temporarily unavailable";
const rival = { pid: 7, from: "10.0.0.7", age_s: 60, is_xenha: false };

/** Plays events a second apart; what the last one wants is told. */
function play(events: readonly SessionEvent[], from: Session = newSession({ kind: "guest", key: "k", name: "web01" }), begin_ms = 0) {
  let session = from;
  let effects: readonly SessionEffect[] = [];
  const all: SessionEffect[] = [];
  for (const [index, event] of events.entries()) {
    [session, effects] = step(session, event, begin_ms + index * 1_000);
    all.push(...effects);
  }
  return { session, effects, all, end_ms: begin_ms + events.length * 1_000, texts: session.notes.map(({ text }) => text) };
}

describe("a console", () => {
  it("is opened where the guest runs, and joins what is there as the first", () => {
    const opened = play([seen(nowhere), seen(at(alpha, 5))]);
    expect(opened.effects).toEqual([{ kind: "open", spot: { host: alpha, domid: 5 } }]);
    const attached = play([begun], opened.session);
    expect(attached.session.phase).toMatchObject({ kind: "attached", spot: { host: alpha, domid: 5 } });
    expect(attached.effects).toEqual([{ kind: "join", join: "first", line: "opened on alpha, domain 5" }]);
  });

  it("isn't opened on a host that can't be reached", () => {
    expect(play([seen(at(alpha, 5), { live: [beta] })]).all).toEqual([]);
  });

  it("follows a migration to the same machine, typing on", () => {
    const there = play([seen(at(alpha, 5)), begun, seen(at(alpha, 5), { incoming: ["beta 9"] })]);
    const moved = play([seen(at(beta, 9)), begun], there.session, 60_000);
    expect(moved.all).toEqual([
      { kind: "close" },
      { kind: "open", spot: { host: beta, domid: 9 } },
      { kind: "join", join: "same", line: "followed to beta, domain 9" },
    ]);
  });

  it("follows it too where the source's end comes first", () => {
    const there = play([seen(at(alpha, 5)), begun, seen(at(alpha, 5), { incoming: ["beta 9"] }), ended(), seen(at(beta, 9)), begun]);
    expect(there.all.filter(({ kind }) => kind === "typing_off")).toEqual([]);
    expect(there.session.phase).toMatchObject({ kind: "attached", spot: { host: beta } });
  });

  it("tells a machine that started anew from one that went on, and lets nobody type on into it", () => {
    const there = play([seen(at(alpha, 5)), begun, ended(), seen(nowhere), seen(at(alpha, 6)), begun]);
    expect(there.all.slice(-3)).toEqual([
      { kind: "open", spot: { host: alpha, domid: 6 } },
      { kind: "join", join: "anew", line: "a new machine on alpha, domain 6" },
      { kind: "typing_off", why: "it is another machine" },
    ]);
    // On the other host, without a migration that anybody saw: another machine as well.
    const elsewhere = play([seen(at(alpha, 5)), begun, ended(), seen(at(beta, 6)), begun]);
    expect(elsewhere.all.at(-2)).toMatchObject({ kind: "join", join: "anew" });
  });

  it("keeps the end of a channel with its time and words, and tries again ever more seldom", () => {
    const there = play([seen(at(alpha, 5)), begun, ended("read EIO", 1)]);
    expect(there.session.phase).toEqual({ kind: "ended", spot: { host: alpha, domid: 5 }, at_ms: 2_000, words: "read EIO" });
    expect(there.effects).toEqual([{ kind: "typing_off", why: "the console ended" }]);
    let { session } = there;
    const opened_at: number[] = [];
    for (let now_ms = 2_000; now_ms < 62_000; now_ms += 250) {
      const [next, effects] = step(session, seen(at(alpha, 5)), now_ms);
      session = next;
      if (!effects.some(({ kind }) => kind === "open")) continue;
      opened_at.push(now_ms);
      [session] = step(session, ended("no such domain", 1), now_ms);
    }
    expect(opened_at).toEqual([3_000, 5_000, 9_000, 17_000, 32_000, 47_000]);
    expect(session.notes.length).toBe(2);
  });

  it("says what may be missing after a connection was lost", () => {
    const there = play([seen(at(alpha, 5)), begun, { kind: "ended", words: undefined, status: undefined }, seen(at(alpha, 5)), begun]);
    expect(there.texts).toEqual([
      "opened on alpha, domain 5",
      "ended on alpha: the connection was lost",
      "attached again on alpha, domain 5; what it printed in between may be missing",
    ]);
    expect(there.all.at(-1)).toMatchObject({ kind: "join", join: "same" });
  });
});

describe("a console that somebody else has", () => {
  it("is taken until it is free, and not flapping in between", () => {
    const asked = play([seen(at(alpha, 5)), { kind: "begun", rivals: [rival] }]);
    expect(asked.session.phase).toMatchObject({ kind: "taken", rivals: [rival] });
    const refused = play([ended(LOCKED)], asked.session, 2_000);
    expect(refused.session.phase).toMatchObject({ kind: "taken", rivals: [rival], asked_ms: undefined });
    const again = play([seen(at(alpha, 5)), begun], refused.session, 20_000);
    expect(again.session.phase.kind).toBe("attached");
    expect(again.texts).toEqual(["opened on alpha, domain 5"]);
  });

  it("is shared where it isn't refused: with what it prints, or after a while", () => {
    const asked = play([seen(at(alpha, 5)), { kind: "begun", rivals: [rival] }]);
    expect(play([{ kind: "printed" }], asked.session).session.phase).toMatchObject({ kind: "attached", rivals: [rival] });
    const silent = play([seen(at(alpha, 5)), seen(at(alpha, 5)), seen(at(alpha, 5))], asked.session, 19_500);
    expect(silent.session.phase).toMatchObject({ kind: "attached", rivals: [rival] });
  });
});

describe("a shell", () => {
  it("is opened once and never again by itself", () => {
    const shell = play([seen(nowhere), begun, ended("", 0), seen(nowhere), seen(nowhere)], newSession({ kind: "shell", host: alpha }));
    expect(shell.all.filter(({ kind }) => kind === "open").length).toBe(1);
    expect(shell.session.phase).toMatchObject({ kind: "ended", words: "it ended with 0" });
  });
});

describe("any story", () => {
  it("opens one channel at a time, and never a guest's on two hosts", () => {
    const events: readonly SessionEvent[] = [
      seen(nowhere),
      seen(at(alpha, 5)),
      seen(at(beta, 9)),
      seen(at(alpha, 5), { incoming: ["beta 9"] }),
      begun,
      { kind: "begun", rivals: [rival] },
      { kind: "printed" },
      ended(),
      ended(LOCKED),
      seen(at(alpha, 5), { live: [] }),
    ];
    // Every order of four, thrice.
    for (let code = 0; code < events.length ** 4; code += 1) {
      let session = newSession({ kind: "guest", key: "k", name: "web01" });
      let open = 0;
      for (let index = 0, rest = code; index < 12; index += 1, rest = index % 4 === 0 ? code : Math.floor(rest / events.length)) {
        const event = events[rest % events.length];
        if (event === undefined) continue;
        // A channel's word is only heard while there is one.
        if (event.kind !== "seen" && open === 0) continue;
        if (event.kind === "ended") open = 0;
        const [next, effects] = step(session, event, index * 3_000);
        session = next;
        for (const effect of effects) {
          if (effect.kind === "close") open = 0;
          if (effect.kind === "open") open += 1;
          expect(open).toBeLessThanOrEqual(1);
        }
      }
    }
  });
});
