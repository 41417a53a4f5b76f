import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cleanLine, FEED_LINES_MAX, newFeed, newOf, parseFiles, withLines } from "../../../src/views/console/feed-state.ts";

describe("the lines of a log", () => {
  it("are numbered for ever, and the oldest go", () => {
    const texts = Array.from({ length: FEED_LINES_MAX + 7 }, (_, at) => `line ${at}`);
    const feed = withLines(withLines(newFeed(0), texts.slice(0, 10)), texts.slice(10));
    expect(feed.lines).toHaveLength(FEED_LINES_MAX);
    expect(feed.gone).toBe(7);
    expect(feed.lines[0]).toEqual({ seq: 7, text: "line 7" });
    expect(feed.lines.at(-1)).toEqual({ seq: FEED_LINES_MAX + 6, text: `line ${FEED_LINES_MAX + 6}` });
  });

  it("hold no escape, and no secret", () => {
    expect(cleanLine("a\x1b[31mb\u202ec\r")).toBe("a\ufffd[31mb\ufffdc");
    expect(cleanLine("vnc passwd=hunter2 token: abc")).not.toMatch(/hunter2|abc/);
    expect(cleanLine("x".repeat(5_000)).length).toBe(2_000);
  });
});

describe("of an answer that is given again and again", () => {
  it("only what is new counts", () => {
    expect(newOf([], ["a", "b"])).toEqual(["a", "b"]);
    expect(newOf(["a", "b"], ["a", "b", "c"])).toEqual(["c"]);
    expect(newOf(["a", "b", "c"], ["b", "c", "d", "e"])).toEqual(["d", "e"]);
    expect(newOf(["a", "b"], ["a", "b"])).toEqual([]);
    // The ring went round: nothing of before is there.
    expect(newOf(["a", "b"], ["x", "y"])).toEqual(["x", "y"]);
  });

  it("nothing is told twice or lost while the ring keeps a part of it", () => {
    const story = fc.tuple(fc.array(fc.integer(), { minLength: 1, maxLength: 30 }), fc.nat(20), fc.array(fc.integer(), { maxLength: 10 }));
    fc.assert(
      fc.property(story, ([before, dropped, added]) => {
        // Lines carry their time, so that no two are alike.
        const old = before.map((number, at) => `${at} ${number}`);
        const more = added.map((number, at) => `${before.length + at} ${number}`);
        const now = [...old, ...more].slice(Math.min(dropped, before.length - 1));
        expect(newOf(old, now)).toEqual(more);
      }),
    );
  });
});

describe("the files that a host names", () => {
  it("are those below /var/log/xen whose names can be shown", () => {
    const told = [
      "1204 1795867425 /var/log/xen/xl-web01.log",
      "7 1795867400 /var/log/xen/console/guest-web 01.log\r",
      "7 1795867400 /etc/shadow",
      "7 1795867400 /var/log/xen/../../../etc/shadow",
      "7 1795867400 /var/log/xen/a\x1b[2Jb",
      "not a size /var/log/xen/x",
      "",
    ];
    expect(parseFiles(told.join("\n"))).toEqual([
      { path: "/var/log/xen/xl-web01.log", size_bytes: 1204, changed_ms: 1_795_867_425_000 },
      { path: "/var/log/xen/console/guest-web 01.log", size_bytes: 7, changed_ms: 1_795_867_400_000 },
    ]);
  });
});
