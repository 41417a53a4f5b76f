/** The logs that are on the screen, over channels that a test plays the host's side of. */
import { describe, expect, it } from "vitest";
import { FEED_LINES_MAX, type FeedsState, feedKey } from "../../../src/views/console/feed-state.ts";
import { createFeeds } from "../../../src/views/console/feeds.ts";
import type { ObjectRef } from "../../../src/views/pane.ts";
import { CONSOLE_WIRE, FEED_SEPARATOR } from "../../../src/xen/host/console-source.ts";
import type { ChannelEvent, HostLink } from "../../../src/xen/host/link.ts";
import { hostId } from "../../../src/xen/model/ids.ts";
import { createManualClock } from "../manual-clock.ts";

const [alpha, beta] = [hostId("alpha"), hostId("beta")];
const NONCE = "0123456789abcdef";
const begin = `\x1b_${CONSOLE_WIRE} ${NONCE} begin\x1b\\`;
const end = (status: number): string => `\x1b_${CONSOLE_WIRE} ${NONCE} end ${status} \x1b\\`;
const log = (source: string, line?: number): ObjectRef =>
  line === undefined ? { kind: "log", host: alpha, source } : { kind: "log", host: alpha, source, line };
const logs: ObjectRef = { kind: "logs", hosts: [alpha, beta], guest: undefined };

interface Opened {
  readonly host: string;
  readonly words: readonly string[];
  readonly says: (text: string) => void;
  readonly dies: () => void;
  /** What was done to it. */
  readonly done: string[];
}

function stage() {
  const clock = createManualClock();
  const opened: Opened[] = [];
  const told: FeedsState[] = [];
  const linkTo = (host: string): HostLink => ({
    start: () => undefined,
    reconnect: () => undefined,
    send: () => undefined,
    stop: () => undefined,
    open: ({ argv }, hear) => {
      const done: string[] = [];
      const tell = (event: ChannelEvent): void => hear(event);
      opened.push({
        host,
        words: argv.slice(4).filter((word) => word !== NONCE),
        says: (text) => tell({ kind: "data", chunk: Buffer.from(text, "utf8") }),
        dies: () => tell({ kind: "end", code: undefined, signal: undefined, reason: "the connection was lost" }),
        done,
      });
      const note = (what: string) => (): void => void done.push(what);
      return {
        write: note("write"),
        end: note("end"),
        resize: note("resize"),
        pause: note("pause"),
        resume: note("resume"),
        close: note("close"),
      };
    },
  });
  const links = new Map([alpha, beta].map((host) => [host, linkTo(host)]));
  const feeds = createFeeds({
    link: (host) => links.get(host),
    clock,
    now_ms: clock.now_ms,
    nonce: () => NONCE,
    publish: (state) => void told.push(state),
  });
  const of = (source: string) => told.at(-1)?.feeds.get(feedKey(alpha, source));
  return { clock, opened, told, feeds, of, texts: (source: string) => of(source)?.lines.map(({ text }) => text) ?? [] };
}

describe("a log", () => {
  it("is followed while it is on the screen, and no longer", () => {
    const { clock, opened, feeds, texts, of } = stage();
    feeds.want([], [alpha, beta]);
    expect(opened).toHaveLength(0);
    feeds.want([logs, log("kernel")], [alpha, beta]);
    feeds.want([logs, log("kernel")], [alpha, beta]);
    expect(opened.map(({ host, words }) => [host, ...words])).toEqual([["alpha", "kernel"]]);
    opened[0]?.says(`a greeting\r\n${begin}one\ntw`);
    opened[0]?.says("o\r\n");
    clock.advance(300);
    expect(texts("kernel")).toEqual(["one", "two"]);
    expect(of("kernel")?.phase).toBe("following");
    // A line of it is still it; another log is not.
    feeds.want([logs, log("kernel"), log("kernel", 1)], [alpha, beta]);
    expect(opened[0]?.done).toEqual([]);
    feeds.want([logs, log("/var/log/xen/xl-web01.log")], [alpha, beta]);
    expect(opened[0]?.done).toEqual(["close"]);
    expect(opened.at(-1)?.words).toEqual(["file", "/var/log/xen/xl-web01.log"]);
    feeds.want([], [alpha, beta]);
    expect(opened.at(-1)?.done).toEqual(["close"]);
  });

  it("isn't asked of a host that doesn't answer, and is as soon as it does", () => {
    const { opened, feeds } = stage();
    feeds.want([log("xen")], [beta]);
    expect(opened).toHaveLength(0);
    feeds.want([log("xen")], [alpha, beta]);
    expect(opened).toHaveLength(1);
  });

  it("that ended says so, is followed again while it is looked at, and no line of before passes for another", () => {
    const { clock, opened, feeds, of, texts } = stage();
    feeds.want([log("kernel")], [alpha]);
    opened[0]?.says(`${begin}one\ntwo\n`);
    opened[0]?.dies();
    clock.advance(300);
    expect(of("kernel")).toMatchObject({ phase: "ended", words: "the connection was lost" });
    expect(texts("kernel")).toEqual(["one", "two"]);
    feeds.want([log("kernel")], [alpha]);
    expect(opened).toHaveLength(1);
    clock.advance(3_000);
    feeds.want([log("kernel")], [alpha]);
    expect(opened).toHaveLength(2);
    opened[1]?.says(`${begin}three\n`);
    clock.advance(300);
    expect(of("kernel")?.lines).toEqual([{ seq: 2, text: "three" }]);
  });

  it("tells of whole answers what is new, and keeps of one without end what a log keeps", () => {
    const { clock, opened, feeds, of, texts } = stage();
    feeds.want([log("xen")], [alpha]);
    opened[0]?.says(`${begin}(XEN) a\n(XEN) b\n${FEED_SEPARATOR}\n`);
    opened[0]?.says(`(XEN) b\n(XEN) c\n${FEED_SEPARATOR}\n`);
    clock.advance(300);
    expect(texts("xen")).toEqual(["(XEN) a", "(XEN) b", "(XEN) c"]);
    for (let at = 0; at < 3 * FEED_LINES_MAX; at += 100)
      opened[0]?.says(Array.from({ length: 100 }, (_, line) => `(XEN) ${at + line}\n`).join(""));
    opened[0]?.says(`${FEED_SEPARATOR}\n`);
    clock.advance(300);
    expect(of("xen")?.lines).toHaveLength(FEED_LINES_MAX);
    expect(texts("xen").at(-1)).toBe(`(XEN) ${3 * FEED_LINES_MAX - 1}`);
  });

  it("that floods has its host wait, is told four times a second at the most, and is bounded in lines and in their length", () => {
    const { clock, opened, feeds, told, of } = stage();
    feeds.want([log("kernel")], [alpha]);
    opened[0]?.says(begin);
    const before = told.length;
    for (let second = 0; second < 10; second += 1) {
      for (let at = 0; at < 10; at += 1) opened[0]?.says(`${"flood ".repeat(1_000)}\n`.repeat(8));
      clock.advance(1_000);
    }
    const { done = [] } = opened[0] ?? {};
    expect(done.filter((what) => what === "pause").length).toBeGreaterThan(5);
    expect(done.filter((what) => what === "resume").length).toBe(done.filter((what) => what === "pause").length);
    expect(told.length - before).toBeLessThanOrEqual(40);
    expect(of("kernel")?.lines.every(({ text }) => text.length <= 2_000)).toBe(true);
    // One line without an end, either.
    for (let at = 0; at < 100; at += 1) opened[0]?.says("x".repeat(32 * 1024));
    opened[0]?.says("\n");
    clock.advance(1_000);
    expect(of("kernel")?.lines.at(-1)?.text).toHaveLength(2_000);
  });

  it("holds no escape that a line of it may have", () => {
    const { clock, opened, feeds, texts } = stage();
    feeds.want([log("/var/log/xen/console/guest-web01.log")], [alpha]);
    opened[0]?.says(`${begin}a\x1b]52;c;b3duZWQ=\x07b\x1b[2J\u202e\n`);
    clock.advance(300);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: controls are what must not be there
    expect(texts("/var/log/xen/console/guest-web01.log").join()).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
  });
});

describe("the files of the hosts", () => {
  it("are asked for once on each, and again when they are old", () => {
    const { clock, opened, feeds, told } = stage();
    feeds.want([logs], [alpha, beta]);
    feeds.want([logs], [alpha, beta]);
    expect(opened.map(({ host }) => host)).toEqual(["alpha", "beta"]);
    opened[0]?.says(`${begin}12 1795867425 /var/log/xen/xl-web01.log\r\n${end(0)}`);
    opened[0]?.dies();
    opened[1]?.dies();
    clock.advance(300);
    expect(told.at(-1)?.files.get("alpha")).toMatchObject({
      phase: "told",
      files: [{ path: "/var/log/xen/xl-web01.log", size_bytes: 12 }],
    });
    expect(told.at(-1)?.files.get("beta")).toMatchObject({ phase: "failed", words: "the connection was lost" });
    feeds.want([logs], [alpha, beta]);
    expect(opened).toHaveLength(2);
    clock.advance(11_000);
    feeds.want([logs], [alpha]);
    expect(opened).toHaveLength(3);
    feeds.stop();
    expect(opened[2]?.done).toEqual(["close"]);
  });
});
