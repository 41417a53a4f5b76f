import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Acks, ANSWER_LIMIT_MS, ASK_BYTES_MIN, createAcks, UNDER_WAY_BYTES_MAX } from "../../../src/views/terminal/acks.ts";
import { createManualClock } from "../manual-clock.ts";

const ASK = "\x1b[5n";

function asking(): { readonly acks: Acks; readonly clock: ReturnType<typeof createManualClock>; readonly idles: () => number } {
  const clock = createManualClock();
  let idles = 0;
  const acks = createAcks(clock, () => {
    idles += 1;
  });
  return { acks, clock, idles: () => idles };
}

describe("asking the terminal what it has shown", () => {
  it("is done after as many bytes as could fill a line, not after every cell", () => {
    const { acks } = asking();
    expect([acks.ask(ASK_BYTES_MIN - 1), acks.ask(1), acks.ask(30), acks.ask(30)]).toEqual(["", ASK, "", ""]);
  });

  it("holds data back until the answer comes, and keys only behind too much", () => {
    const { acks, idles } = asking();
    acks.ask(ASK_BYTES_MIN);
    acks.answered();
    expect([acks.isAwaited(), acks.isFull(), idles()]).toEqual([false, false, 1]);
    acks.ask(1_000);
    expect([acks.isAwaited(), acks.isFull()]).toEqual([true, false]);
    acks.ask(UNDER_WAY_BYTES_MAX);
    expect([acks.isAwaited(), acks.isFull()]).toEqual([true, true]);
    acks.answered();
    expect([acks.isAwaited(), acks.isFull()]).toEqual([true, false]);
    acks.answered();
    expect([acks.isAwaited(), acks.isFull(), acks.isOwed()]).toEqual([false, false, false]);
  });

  it("waits for nobody who has never answered, nor any longer for who stopped", () => {
    const { acks, clock, idles } = asking();
    acks.ask(5_000);
    expect([acks.isAwaited(), acks.isFull(), acks.isOwed()]).toEqual([false, false, true]);
    clock.advance(ANSWER_LIMIT_MS);
    expect([acks.isAwaited(), acks.isOwed(), idles()]).toEqual([false, false, 1]);
    // Late is not never.
    acks.answered();
    acks.ask(5_000);
    expect([acks.isAwaited(), acks.isFull()]).toEqual([true, true]);
    clock.advance(ANSWER_LIMIT_MS);
    expect([acks.isAwaited(), acks.isFull(), acks.isOwed()]).toEqual([false, false, false]);
    acks.ask(5_000);
    expect(acks.isAwaited()).toBe(false);
  });

  it("whatever is sent and answered: nothing waits longer than the limit, and no timer is left", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("send" as const), bytes: fc.nat(4_000) }),
      fc.record({ do: fc.constant("answer" as const) }),
      fc.record({ do: fc.constant("wait" as const), ms: fc.nat(2_000) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { acks, clock } = asking();
        for (const each of steps) {
          if (each.do === "send") acks.ask(each.bytes);
          else if (each.do === "answer") acks.answered();
          else clock.advance(each.ms);
        }
        clock.advance(ANSWER_LIMIT_MS);
        expect([acks.isAwaited(), acks.isFull(), acks.isOwed(), clock.pending()]).toEqual([false, false, false, 0]);
      }),
    );
  });
});
