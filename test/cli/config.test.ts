import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { afterAll, describe, expect, it } from "vitest";
import { commands, reservedNames } from "../../src/cli/commands.ts";
import { choosePair, configSchema, emptyConfig, parseConfig } from "../../src/cli/config.ts";
import { configPath, readConfig } from "../../src/cli/config-file.ts";
import { checkSchema, schemaKeywords } from "../../src/cli/schema-check.ts";

const read = (text: string) => parseConfig({ text, file: "/etc/x/config.toml", home: "/home/ana" });
function config(text: string) {
  const result = read(text);
  if (!result.ok) throw new Error(result.errors.join("\n"));
  return result.config;
}
function errors(text: string) {
  const result = read(text);
  if (result.ok) throw new Error(`taken: ${JSON.stringify(result.config)}`);
  return result.errors;
}

const whole = `# Our two pairs.
[pairs.prod]
hosts = ["alpha", "root@beta"]   # by name
ssh_config = "~/.ssh/prod"
sudo = true
probe = "forced"
read_only = "always"
timeout_s = 12.5
check = { one_host_unreachable = "warning", ignore = ["host.clock_skew"] }
priority = ["db01"]
migration = { alpha = "10.99.1.1" }

[pairs.prod.fence.alpha]
agent = "fence_ipmilan"
options = { ip = "10.0.0.11", cipher = "3" }
password_file = "alpha.bmc"

[pairs.prod.fence."root@beta"]
agent = "fence_apc"
from = "peer"
password_script = "~/bin/pw"
timeout_s = 5

[pairs.lab]
hosts = ["a", "b"]
ssh_config = "lab.conf"

[ui]
theme = "light"
read_only = true
ascii = true
color = "16"
mouse = true
console_prefix = "ctrl-a"
`;

describe("the config file", () => {
  it("is understood", () => {
    expect(config(whole)).toEqual({
      file: "/etc/x/config.toml",
      alerts: { severity: "critical", bell: true, notify: "off", exec: undefined, webhook: undefined },
      pairs: [
        {
          name: "prod",
          hosts: ["alpha", "root@beta"],
          ssh_config: "/home/ana/.ssh/prod",
          sudo: true,
          probe: "forced",
          read_only: "always",
          timeout_s: 12.5,
          priority: ["db01"],
          migration: { alpha: "10.99.1.1" },
          fence: {
            alpha: {
              agent: "fence_ipmilan",
              from: "console",
              options: { ip: "10.0.0.11", cipher: "3" },
              password_file: "/etc/x/alpha.bmc",
              password_script: undefined,
              timeout_s: 60,
            },
            "root@beta": {
              agent: "fence_apc",
              from: "peer",
              options: {},
              password_file: undefined,
              password_script: "/home/ana/bin/pw",
              timeout_s: 5,
            },
          },
          check: { one_host_unreachable: "warning", ignore: ["host.clock_skew"] },
        },
        {
          name: "lab",
          hosts: ["a", "b"],
          ssh_config: "/etc/x/lab.conf",
          sudo: "auto",
          probe: "send",
          read_only: undefined,
          timeout_s: 20,
          priority: [],
          migration: {},
          fence: {},
          check: { one_host_unreachable: "critical", ignore: [] },
        },
      ],
      ui: { theme: "light", read_only: true, ascii: true, color: "16", mouse: true, console_prefix: "ctrl-a" },
    });
  });

  it("may be empty", () => expect(config("")).toEqual({ ...emptyConfig, file: "/etc/x/config.toml" }));

  it.each([
    ['[pairs.p]\nhosts = ["a", "b"]\nsudoo = true', ":3: pairs.p.sudoo: unknown key (did you mean sudo?)"],
    [
      '[pairs.p]\nhosts = ["a", "b"]\nfrobnicate = 1',
      ":3: pairs.p.frobnicate: unknown key (known: hosts, ssh_config, sudo, probe, read_only, timeout_s, priority, migration, fence, check)",
    ],
    ["\n\n[pears.p]", ":3: pears: unknown key (did you mean pairs?)"],
    ["[pairs.p]\nsudo = true", ':1: pairs.p: has no "hosts"'],
    ['[pairs.p]\nhosts = [\n  "a",\n  "b",\n  "c",\n]', ":2: pairs.p.hosts: needs exactly 2 entries, has 3"],
    ['[pairs.p]\nhosts = [\n  "a",\n  7,\n]', ":4: pairs.p.hosts[1]: must be a text in quotes, not 7"],
    ['[pairs.p]\nhosts = ["a", "a"]', ':2: pairs.p.hosts: "a" is there twice'],
    ['[pairs.p]\nhosts = ["a", "-oProxyCommand=x"]', ':2: pairs.p.hosts[1]: "-oProxyCommand=x" can\'t be used here'],
    ['pairs.p.hosts = ["a", "b"]\npairs.p.probe = "snd"', ':2: pairs.p.probe: is "send" or "forced", not "snd" (did you mean send?)'],
    ['[pairs.p]\nhosts = ["a", "b"]\ntimeout_s = 0', ":3: pairs.p.timeout_s: must be from 0.001 to 3600, not 0"],
    ['[pairs.p]\nhosts = ["a", "b"]\ncheck = { ignore = [""] }', ":3: pairs.p.check.ignore[0]: must not be empty"],
    ['[pairs.p]\nhosts = ["a", "b"]\nmigration = { c = "x" }', ":3: pairs.p.migration.c: is not a host of this pair (a, b)"],
    ['[pairs.p]\nhosts = ["a", "b"]\nmigration = { a = "x; reboot" }', ":3: pairs.p.migration.a: "],
    ['[pairs.p]\nhosts = ["a", "b"]\n[pairs.p.fence.c]\nagent = "fence_x"', ":3: pairs.p.fence.c: is not a host of this pair (a, b)"],
    ['[pairs.p]\nhosts = ["a", "b"]\n[pairs.p.fence.a]\nagent = "rm"', ":4: pairs.p.fence.a.agent: "],
    ['[pairs.p]\nhosts = ["a", "b"]\n[pairs.p.fence.a]\nfrom = "peer"', ':3: pairs.p.fence.a: has no "agent"'],
    [
      '[pairs.p]\nhosts = ["a", "b"]\n[pairs.p.fence.a]\nagent = "fence_x"\noptions = { password = "x" }',
      ":5: pairs.p.fence.a.options.password: can't be a name: an option of the agent in lower case; a password is in password_file",
    ],
    [
      '[pairs.p]\nhosts = ["a", "b"]\n[pairs.p.fence.a]\nagent = "fence_x"\npassword_file = "x"\npassword_script = "y"',
      ":3: pairs.p.fence.a: has password_file and password_script: one of them is enough",
    ],
    ['[pairs.p]\nhosts = ["a", "b"]\npriority = ["a", "a"]', ':3: pairs.p.priority: "a" is there twice'],
    ['[pairs.status]\nhosts = ["a", "b"]', ":1: pairs.status: can't be a name"],
    ['[pairs."a b"]\nhosts = ["a", "b"]', ':1: pairs."a b": can\'t be a name'],
    ["[ui]\nascii = 'yes'", ':2: ui.ascii: must be true or false, not "yes"'],
    ["ui = 3", ":1: ui: must be a table, not 3"],
    ["ui = 2026-01-01", ":1: ui: must be a table, not a date"],
    ['[pairs.p]\nhosts = ["a" "b"]', "/etc/x/config.toml:2: "],
    ["[ui]\n[ui]", "/etc/x/config.toml:2: "],
  ])("refuses %j with file and line", (text, expected) => {
    const found = errors(text);
    expect(found[0]).toContain(expected);
    for (const error of found) expect(error).toMatch(/^\/etc\/x\/config\.toml:\d+: [^\n]+$/);
  });

  it("tells several mistakes at once, in the file's order, and bounds them", () => {
    expect(errors("[ui]\nx = 1\ny = 2\n[pairs.p]\nhosts = []").map((line) => line.split(":")[1])).toEqual(["2", "3", "5"]);
    const many = Array.from({ length: 50 }, (_, index) => `k${index} = 1`).join("\n");
    expect(errors(many)).toHaveLength(11);
    expect(errors(many)[10]).toContain("and 40 more");
  });

  it("doesn't pass on control characters", () => {
    expect(errors('"\\u001b[31m" = 1')[0]).not.toContain("\u001b");
  });

  it("never throws", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."[]{}=\"'.#,\n ab1\\u".split("")), maxLength: 60 }), (text) => {
        const result = read(text);
        return result.ok || result.errors.length > 0;
      }),
    );
  });
});

describe("the published schema", () => {
  const validate = new Ajv({ strict: true, allErrors: true, unicodeRegExp: true }).compile(configSchema);
  function agree(value: unknown): void {
    expect({ value, ok: checkSchema(configSchema, value).length === 0 }).toEqual({ value, ok: validate(value) });
  }

  it("takes what the validator takes", () => {
    agree(parse(whole));
    expect(validate(parse(whole))).toBe(true);
    agree({});
    for (const value of [[], 3, { ui: { ascii: 1 } }, { pairs: { p: {} } }, { pairs: { doctor: { hosts: ["a", "b"] } } }]) agree(value);
  });

  it("agrees with the validator on mutations of a good file", () => {
    const wrong: fc.Arbitrary<unknown> = fc.oneof(
      fc.constantFrom<unknown>(
        true,
        false,
        "auto",
        "send",
        "",
        "a b",
        "-x",
        0,
        20,
        3600,
        3601,
        1.5,
        [],
        ["a"],
        ["a", "b"],
        ["a", "a"],
        ["a", "b", "c"],
        {},
      ),
      fc.string(),
      fc.integer(),
    );
    const key = fc.oneof(
      fc.constantFrom("hosts", "sudo", "probe", "ssh_config", "timeout_s", "check", "ignore", "one_host_unreachable", "theme", "color"),
      fc.string(),
    );
    const table = (item: fc.Arbitrary<unknown>) => fc.dictionary(key, item, { maxKeys: 4 });
    const pair = fc
      .tuple(table(fc.oneof(wrong, table(wrong))), fc.boolean())
      .map(([extra, good]) => (good ? { hosts: ["a", "b"], ...extra } : extra));
    const name = fc.oneof(fc.constantFrom("prod", "check", "a.b", "a b", "__proto__"), fc.string());
    fc.assert(
      fc.property(fc.record({ pairs: fc.dictionary(name, pair, { maxKeys: 3 }), ui: table(wrong) }, { requiredKeys: [] }), (value) =>
        agree(value),
      ),
      { numRuns: 500 },
    );
  });

  it("uses only keywords that the validator knows, and reserves the commands' names", () => {
    const keywords = (schema: object): string[] =>
      Object.entries(schema).flatMap(([word, value]) => {
        if (word === "properties") return [word, ...Object.values(value as object).flatMap((inner) => keywords(inner as object))];
        const nested = (word === "items" || word === "additionalProperties") && typeof value === "object";
        return nested ? [word, ...keywords(value as object)] : [word];
      });
    expect(keywords(configSchema).filter((word) => !schemaKeywords.includes(word))).toEqual([]);
    expect(configSchema.properties?.pairs?.propertyNames?.not?.enum).toEqual(reservedNames);
    expect(reservedNames).toHaveLength(Object.keys(commands).length - 1);
  });
});

describe("lines of a TOML file", () => {
  it("are found for every key, however it is written", () => {
    const leaf = fc.oneof(fc.string(), fc.integer({ min: -99, max: 99 }), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
    const name = fc.string({ minLength: 1, maxLength: 8 }).filter((text) => text !== "__proto__");
    const tree = fc.dictionary(name, fc.oneof(leaf, fc.dictionary(name, leaf, { maxKeys: 4 })), { maxKeys: 5 });
    fc.assert(
      fc.property(tree, (value) => {
        const text = stringify(value);
        // Every top-level key is unknown to the schema, so each must be told with the line on which its name stands.
        const names = Object.keys(value).filter((key) => key !== "pairs" && key !== "ui");
        const result = read(text);
        if (names.length === 0) return;
        if (result.ok) throw new Error("taken");
        const lines = text.split("\n");
        for (const error of result.errors) {
          const line = lines[Number(error.split(":")[1]) - 1] ?? "";
          expect(names.some((key) => line.startsWith(key) || line.startsWith(JSON.stringify(key)) || line.includes("["))).toBe(true);
        }
      }),
    );
  });

  it("skip strings, comments and arrays over several lines", () => {
    const text = 'ui.theme = """\n[pairs.x]\nbad = 1"""\n# [ui]\nother = [ # ]\n "]", \'#\', [\n1] ]\nlast = 1\n';
    expect(errors(text).map((line) => line.split(":").slice(1, 3).join(":"))).toEqual(["1: ui.theme", "5: other", "8: last"]);
    expect(errors("[[ui]]\na = 1\n[[ui]]\nb = 2\n[[frob]]")).toMatchObject([
      expect.stringContaining(":1: ui: must be a table, not a list"),
      expect.stringContaining(":5: frob"),
    ]);
  });
});

describe("which pair is meant", () => {
  const two = config(whole);
  const one = config('[pairs.only]\nhosts = ["a", "b"]');

  it("is the only one, or the one named, or two hosts", () => {
    expect(choosePair(one, { kind: "default" })).toMatchObject({ ok: true, pair: { name: "only" } });
    expect(choosePair(two, { kind: "pair", name: "lab" })).toMatchObject({ ok: true, pair: { hosts: ["a", "b"] } });
    expect(choosePair(emptyConfig, { kind: "hosts", hosts: ["x", "y"] })).toMatchObject({ ok: true, pair: { name: "x+y", sudo: "auto" } });
  });

  it("is asked for with the choices, or with a way to begin", () => {
    expect(choosePair(two, { kind: "default" })).toEqual({ ok: false, error: "several pairs are configured, name one: prod, lab" });
    expect(choosePair(emptyConfig, { kind: "default" })).toMatchObject({
      ok: false,
      error: expect.stringContaining("xenha-tui HOST_A HOST_B"),
    });
    expect(choosePair(two, { kind: "pair", name: "prd" })).toMatchObject({
      ok: false,
      error: expect.stringContaining("configured: prod, lab"),
    });
  });
});

describe("reading it from disk", () => {
  const directory = mkdtempSync(join(tmpdir(), "xenha-config-"));
  afterAll(() => rmSync(directory, { recursive: true }));

  it("goes by --config, XDG_CONFIG_HOME, ~/.config", () => {
    expect(configPath({ given: "/x/y", env: { XDG_CONFIG_HOME: "/xdg" }, home: "/h" })).toBe("/x/y");
    expect(configPath({ given: undefined, env: { XDG_CONFIG_HOME: "/xdg" }, home: "/h" })).toBe("/xdg/xenha-tui/config.toml");
    expect(configPath({ given: undefined, env: { XDG_CONFIG_HOME: "relative" }, home: "/h" })).toBe("/h/.config/xenha-tui/config.toml");
  });

  it("takes no file for an empty one, but not where it was asked for", () => {
    const missing = join(directory, "missing");
    expect(readConfig({ given: undefined, env: { XDG_CONFIG_HOME: missing }, home: "/" })).toEqual({ ok: true, config: emptyConfig });
    expect(readConfig({ given: missing, env: {}, home: "/" })).toEqual({ ok: false, errors: [`${missing}: no such file`] });
    expect(readConfig({ given: directory, env: {}, home: "/" })).toEqual({ ok: false, errors: [`${directory}: is a directory`] });
  });

  it("reads what is there", () => {
    mkdirSync(join(directory, "xenha-tui"));
    writeFileSync(join(directory, "xenha-tui", "config.toml"), whole);
    expect(readConfig({ given: undefined, env: { XDG_CONFIG_HOME: directory }, home: "/" })).toMatchObject({
      ok: true,
      config: { ui: { ascii: true } },
    });
  });
});
