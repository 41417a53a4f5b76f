import { describe, expect, it } from "vitest";
import { reportMarkdown } from "../../src/cli/report.ts";
import { selectPair } from "../../src/state/select/pair.ts";
import { playStory } from "../state/story.ts";
import { alpha, fixtureView, NOW_MS } from "../views/panes/fixture.ts";
import { hostileNames, hostileView } from "../views/panes/fixture-variants.ts";

const audit = [
  {
    plan: "p1",
    operator: "ana@jump",
    reason: "MIG-12",
    at_ms: NOW_MS - 60_000,
    kind: "intent",
    goal: "move web01",
    title: "move",
    host: "alpha",
    argv: ["xl", "migrate"],
  },
  { plan: "p0", operator: "ana@jump", at_ms: NOW_MS - 40 * 86_400_000, kind: "intent", goal: "long ago" },
];

describe("the incident report", () => {
  it("tells hosts, findings with their evidence, the verdict, both clocks and what was done", () => {
    const story = playStory("split-brain");
    story.advance(40_000);
    const view = selectPair(story.state(), story.now_ms());
    const text = reportMarkdown({ view, audit: [], xenha_tui: "0.1.0" });
    expect(text).toMatch(/^# split-brain: incident report$/m);
    expect(text).toMatch(/^\| alpha \| live .*\| 4\.17\.7 \| 8\.4\.11 \| -?0\.\d\d s \|/m);
    expect(text).toMatch(/^### critical: mail01\n\nsplit brain: mail01 was written on both hosts/m);
    expect(text).toMatch(/^- at risk: mail01$/m);
    expect(text).toMatch(/^- evidence: .*\(.* on alpha, \d+ s before\)$/m);
    expect(text).toMatch(/^- mail01 can't: split brain, neither copy has everything$/m);
    expect(text).toMatch(/^\| UTC \| host's clock \| host \| origin \| severity \| object \| what \|$/m);
    expect(text).toMatch(/^\| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} \| \d\d:\d\d:\d\d\.\d{3} \| (?:alpha|beta) \| journal \| /m);
    expect(text).toMatch(/Nothing was done from this machine\./);
  });

  it("tells what was done in its time, and nothing of before", () => {
    const view = fixtureView({
      timeline: [
        { seq: 1, at_ms: NOW_MS - 7_200_000, host: alpha, origin: "journal", object: "drbd r0", text: "Connected", severity: "ok" },
      ],
    });
    const text = reportMarkdown({ view, audit, xenha_tui: "0.1.0" });
    expect(text).toMatch(/### move web01 \(p1\)/);
    expect(text).toMatch(/MIG-12/);
    expect(text).not.toMatch(/long ago/);
  });

  it("lets nobody's words become Markdown or HTML, and no secret into it", () => {
    for (const name of hostileNames) {
      const hostile = reportMarkdown({ view: hostileView(name), audit: [], xenha_tui: "0.1.0" });
      expect(hostile).not.toMatch(/(?<!\\)<(?:script|img|a) /i);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: none of them may be left
      expect(hostile).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
    const text = "| a | `b` <img src=x> [c](http://x) password=zqhunter2";
    const view = fixtureView({
      timeline: [{ seq: 1, at_ms: NOW_MS, host: alpha, origin: "journal", object: "kernel", text, severity: "info" }],
    });
    const told = reportMarkdown({ view, audit: [], xenha_tui: "0.1.0" });
    expect(told).toContain("\\| a \\| \\`b\\` \\<img src=x\\> \\[c\\](http://x) password=");
    expect(told).not.toContain("zqhunter2");
  });

  it("tells of a storm its first and its last", () => {
    const timeline = Array.from({ length: 1000 }, (_, index) => ({
      seq: index + 1,
      at_ms: NOW_MS - 1000 + index,
      host: alpha,
      origin: "journal" as const,
      object: "kernel",
      text: `line ${index}`,
      severity: "info" as const,
    }));
    const text = reportMarkdown({ view: fixtureView({ timeline }), audit: [], xenha_tui: "0.1.0" });
    expect(text).toContain("| line 0 |");
    expect(text).toContain("| 800 more |");
    expect(text).toContain("| line 999 |");
    expect(text.split("\n").length).toBeLessThan(300);
  });
});
