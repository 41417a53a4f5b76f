import { describe, expect, it } from "vitest";
import { createFeeder, QUEUE_FULL, QUEUE_LOW, type Sink } from "../../../src/views/console/feeder.ts";
import { createManualClock } from "../manual-clock.ts";

const bytes = (text: string): Uint8Array => Buffer.from(text, "utf8");

/** A sink that takes `cost_ms` of the clock for each slice. */
function open(cost_ms = 1) {
  const clock = createManualClock();
  const feeder = createFeeder(clock);
  const sinkOf = () => {
    const said = { text: "", slices: [] as string[], events: [] as string[], pending: undefined as (() => void) | undefined };
    const sink: Sink = {
      write: (text, done) => {
        said.text += text;
        said.slices.push(text);
        clock.after(cost_ms, done);
      },
      pause: () => void said.events.push("pause"),
      resume: () => void said.events.push("resume"),
    };
    return { said, feed: feeder.open(sink) };
  };
  return { clock, sinkOf };
}

describe("what guests print", () => {
  it("gets in whole and in order, whatever the chunks are", () => {
    const { clock, sinkOf } = open();
    const { said, feed } = sinkOf();
    const text = "añ日本🙂z".repeat(5_000);
    const all = bytes(text);
    for (let at = 0; at < all.length; at += 997) feed.push(all.subarray(at, at + 997));
    clock.advance(60_000);
    expect(said.text).toBe(text);
  });

  it("stops its host where it comes faster than it is drawn, and lets it go on", () => {
    const { clock, sinkOf } = open();
    const { said, feed } = sinkOf();
    feed.push(bytes("y\n".repeat(QUEUE_FULL)));
    expect(said.events).toEqual(["pause"]);
    clock.advance(60_000);
    expect(said.events).toEqual(["pause", "resume"]);
    expect(said.text.length).toBe(2 * QUEUE_FULL);
    feed.push(bytes("y".repeat(QUEUE_LOW)));
    expect(said.events).toEqual(["pause", "resume"]);
  });

  it("takes smaller slices where they take long, and rests longer than it works", () => {
    const { clock, sinkOf } = open(20);
    const { said, feed } = sinkOf();
    feed.push(bytes("x".repeat(QUEUE_FULL)));
    clock.advance(6_000);
    expect(said.slices.at(-1)?.length).toBe(256);
    // A third of the time at the most.
    const before = said.slices.length;
    clock.advance(6_000);
    expect(said.slices.length - before).toBeLessThanOrEqual(100);
    expect(said.slices.length - before).toBeGreaterThan(90);
  });

  it("serves a quiet guest beside one that prints without end", () => {
    const { clock, sinkOf } = open();
    const [flood, quiet] = [sinkOf(), sinkOf()];
    flood.feed.push(bytes("y\n".repeat(QUEUE_FULL * 4)));
    clock.advance(50);
    quiet.feed.push(bytes("login: "));
    const slices = flood.said.slices.length;
    clock.advance(20);
    expect(quiet.said.text).toBe("login: ");
    expect(flood.said.slices.length - slices).toBeLessThan(10);
  });

  it("says when all before is drawn, and drops what waits where it is stopped", () => {
    const { clock, sinkOf } = open();
    const { said, feed } = sinkOf();
    const order: string[] = [];
    feed.push(bytes("one"));
    feed.after(() => order.push(said.text));
    feed.push(bytes("two"));
    feed.after(() => order.push(said.text));
    clock.advance(1_000);
    expect(order).toEqual(["one", "onetwo"]);
    feed.push(bytes("x".repeat(QUEUE_FULL)));
    feed.stop();
    clock.advance(1_000);
    expect(said.text.length).toBeLessThan(6 + QUEUE_FULL / 2);
  });
});
