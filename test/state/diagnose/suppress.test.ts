import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rules } from "../../../src/state/diagnose/index.ts";
import { type Draft, list, type Rule, size, span } from "../../../src/state/diagnose/rule.ts";
import { byUrgency, EVIDENCE_MAX, settle } from "../../../src/state/diagnose/suppress.ts";

const rule = (id: string, suppresses: readonly string[] = [], over: Partial<Rule> = {}): Rule => ({
  id,
  title: id,
  suppresses,
  judge: () => [],
  ...over,
});
const draft = (name: string, about: readonly string[], over: Partial<Draft> = {}): Draft => ({
  rule: name,
  severity: "warning",
  object: "x",
  cause: `cause of ${name}`,
  evidence: [],
  at_risk: [],
  next: "",
  screen: 1,
  since_ms: undefined,
  about,
  ...over,
});

describe("causes and consequences", () => {
  const table = [
    rule("root", ["middle"]),
    rule("middle", ["leaf"]),
    rule("leaf"),
    rule("verdict", [], { verdict: true }),
    rule("reason", [], { explains_restart: true }),
    rule("cause", ["reason"]),
  ];

  it("puts a consequence under its cause where they share a token", () => {
    const found = settle(
      [draft("leaf", ["net:a:eth1"], { at_risk: ["g2"], severity: "critical" }), draft("middle", ["net:a:eth1"], { at_risk: ["g1"] })],
      table,
    );
    expect(found).toMatchObject([
      { rule: "middle", severity: "critical", at_risk: ["g1", "g2"], evidence: [{ text: "so: cause of leaf" }] },
    ]);
    expect(found[0]).not.toHaveProperty("about");
  });

  it("leaves what shares no token", () => {
    expect(settle([draft("leaf", ["net:a:eth1"]), draft("middle", ["net:a:eth2"])], table)).toHaveLength(2);
    expect(settle([draft("leaf", ["net:a:eth1"]), draft("root", ["net:a:eth1"])], table)).toHaveLength(2);
  });

  it("follows a chain to its first cause", () => {
    const found = settle([draft("leaf", ["host:b"]), draft("middle", ["host:b"]), draft("root", ["host:b"])], table);
    expect(found).toMatchObject([{ rule: "root", evidence: [{ text: "so: cause of leaf" }, { text: "so: cause of middle" }] }]);
  });

  it("takes no finding about more things for a consequence of what explains one of them", () => {
    expect(settle([draft("leaf", ["drbd:r1", "drbd:r2"]), draft("middle", ["drbd:r1"])], table)).toHaveLength(2);
    expect(settle([draft("leaf", ["drbd:r1", "drbd:r2"]), draft("middle", ["drbd:r1", "drbd:r2", "drbd:r3"])], table)).toHaveLength(1);
  });

  it("leaves the verdict out where findings that explain it name all of its guests", () => {
    const verdict = draft("verdict", [], { at_risk: ["g1", "g2"] });
    const reason = (at_risk: string[], over: Partial<Draft> = {}) => draft("reason", ["net:a:eth1"], { at_risk, ...over });
    const rulesOf = (...drafts: Draft[]) => settle([verdict, ...drafts], table).map((item) => item.rule);
    expect(rulesOf(reason(["g1", "g2"]))).toEqual(["reason"]);
    expect(rulesOf(reason(["g1"]), reason(["g2"], { object: "y" }))).toEqual(["reason", "reason"]);
    // Also where the reason is itself told under its cause.
    expect(rulesOf(reason(["g1", "g2"]), draft("cause", ["net:a:eth1"]))).toEqual(["cause"]);
    expect(rulesOf(reason(["g1"]))).toEqual(["reason", "verdict"]);
    expect(rulesOf(reason(["g1", "g2"], { severity: "info" }))).toEqual(["verdict", "reason"]);
    // A risk of another kind explains nothing: a degraded bond doesn't keep a guest from restarting.
    expect(rulesOf(draft("leaf", [], { at_risk: ["g1", "g2"] }))).toEqual(["leaf", "verdict"]);
  });

  it("lets a row's own state speak only where no other finding does", () => {
    const rows = [...table, rule("row", [], { fallback: true })];
    const row = draft("row", ["guest:g"], { at_risk: ["g"] });
    expect(settle([row, draft("leaf", ["guest:h"])], rows).map((item) => item.rule)).toEqual(["row", "leaf"]);
    expect(settle([row, draft("leaf", ["guest:g"])], rows).map((item) => item.rule)).toEqual(["leaf"]);
    expect(settle([row, draft("leaf", [], { at_risk: ["g", "h"] })], rows)).toMatchObject([{ rule: "leaf", evidence: [] }]);
    expect(settle([row, draft("leaf", [], { at_risk: ["g"], severity: "info" })], rows)).toHaveLength(2);
  });

  it("makes one finding of many of one kind", () => {
    const many = (count: number) =>
      Array.from({ length: count }, (_, index) =>
        draft("leaf", [`guest:g${index}`], {
          object: `g${index}`,
          cause: `g${index} is odd`,
          at_risk: [`g${index}`],
          since_ms: 100 - index,
        }),
      );
    expect(settle(many(5), table)).toHaveLength(5);
    const found = settle(many(200), table);
    expect(found).toMatchObject([
      { rule: "leaf", object: "200 objects", cause: "200 times: leaf (g0, g1, g10 and 197 more)", at_risk: { length: 200 }, since_ms: -99 },
    ]);
    expect(found[0]?.evidence).toHaveLength(EVIDENCE_MAX);
  });

  it("bounds the evidence, and says how much is left out", () => {
    const evidence = Array.from({ length: 40 }, (_, index) => ({ text: String(index), from: undefined }));
    const [found] = settle([draft("leaf", [], { evidence })], table);
    expect(found?.evidence).toHaveLength(EVIDENCE_MAX);
    expect(found?.evidence.at(-1)?.text).toBe("and 29 more");
  });

  it("ends even where a table is wrong", () => {
    const circle = [rule("a", ["b"]), rule("b", ["a"])];
    expect(settle([draft("a", ["host:x"]), draft("b", ["host:x"])], circle).length).toBeLessThanOrEqual(2);
  });
});

it("orders by severity, guests at risk, rule and object, whatever order they come in", () => {
  const any = fc.record({
    rule: fc.constantFrom("a", "b"),
    object: fc.constantFrom("x", "y"),
    severity: fc.constantFrom("info", "warning", "critical" as const),
    at_risk: fc.array(fc.string(), { maxLength: 2 }),
  });
  fc.assert(
    fc.property(fc.array(any), (parts) => {
      const drafts = parts.map((over) => draft(over.rule, [], over));
      const sorted = settle(drafts, []);
      expect(
        settle([...drafts].reverse(), []).map(({ rule: id, object, severity, at_risk }) => [id, object, severity, at_risk.length]),
      ).toEqual(sorted.map(({ rule: id, object, severity, at_risk }) => [id, object, severity, at_risk.length]));
      for (const [index, finding] of sorted.entries()) {
        const next = sorted[index + 1];
        if (next !== undefined) expect(byUrgency(new Map())(finding, next)).toBeLessThanOrEqual(0);
      }
    }),
  );
  const table = [{ ...rule("writes", []), destroys_data: true as const }, rule("crash", [])];
  const both = [
    draft("crash", [], { severity: "critical", at_risk: ["a", "b"] }),
    draft("writes", [], { severity: "critical", at_risk: ["c"] }),
  ];
  expect(settle(both, table).map((item) => item.rule)).toEqual(["writes", "crash"]);
  expect(
    settle([draft("w", []), draft("c", [], { severity: "critical" }), draft("i", [], { severity: "info" })], []).map((item) => item.rule),
  ).toEqual(["c", "w", "i"]);
});

describe("the table of rules", () => {
  const ids = rules.map(({ id }) => id);

  it("has one rule per id, with a group and a title", () => {
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, title } of rules) {
      expect(id).toMatch(/^(?:host|guest|drbd|storage|net|lose|plan|xapi)\.[a-z_]+$/);
      expect(title.length).toBeGreaterThan(5);
    }
  });

  it("suppresses only rules that exist, and never in a circle", () => {
    const relation = new Map(rules.map(({ id, suppresses = [] }) => [id, suppresses]));
    for (const [id, suppressed] of relation) for (const other of suppressed) expect([id, ids.includes(other)]).toEqual([id, true]);
    const reaches = (from: string, to: string, seen = new Set<string>()): boolean =>
      (relation.get(from) ?? []).some((next) => next === to || (!seen.has(next) && reaches(next, to, seen.add(next))));
    for (const id of ids) expect([id, reaches(id, id)]).toEqual([id, false]);
  });
});

it("puts times, sizes and lists into words", () => {
  expect([size(1), size(131_032), size(1.5 * 1024 ** 2), size(12 * 1024 ** 3)]).toEqual(["1 MiB", "128 MiB", "1.5 GiB", "12 TiB"]);
  expect([span(42_000), span(600_000), span(3 * 3_600_000), span(5 * 86_400_000), span(-5)]).toEqual([
    "42 s",
    "10 min",
    "3 h",
    "5 days",
    "0 s",
  ]);
  expect([list([]), list(["a"]), list(["a", "b"]), list(["a", "b", "c", "d"]), list(["a", "b", "c", "d", "e"])]).toEqual([
    "nothing",
    "a",
    "a and b",
    "a, b, c and d",
    "a, b, c and 2 more",
  ]);
});
