import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { drbdStatusJson } from "../../../src/sim/format/drbd-status-json.ts";
import { drbdStatusText } from "../../../src/sim/format/drbd-status-text.ts";
import { wrapped } from "../../../src/sim/format/wrap.ts";
import { recording } from "../../helpers.ts";
import { type Lab, lab } from "../lab.ts";
import { counters } from "../mask.ts";

const words = (text: string): string[] => counters(text).split(/\s+/);

/** States of the pair as they were recorded, brought about by the same faults. */
const states: Readonly<Record<string, (at: Lab) => void>> = {
  healthy: () => {},
  resync: ({ fault, advance }) => {
    fault.resync("r0", "alpha");
    advance(3);
  },
  paused: ({ fault, advance }) => {
    fault.resync("r0", "alpha");
    advance(2);
    fault.pauseSync("r0", "beta", true);
  },
  splitbrain: ({ fault, advance }) => {
    fault.splitBrain("r2");
    advance(15);
  },
  detach: ({ fault, advance }) => {
    fault.detach("r0", "alpha");
    fault.detach("r2", "beta");
    advance(2);
  },
  linkcut: ({ fault, advance }) => {
    fault.replicationLinkCut();
    advance(30);
  },
  peerdown: ({ fault, advance }) => {
    fault.hostDead("beta");
    advance(30);
  },
};

const recorded = (path: string): string => recording(path).stdout;
function slow(flavour: "8.4" | "9.2" = "8.4"): Lab {
  const at = lab(flavour);
  for (const resource of at.world.drbd.values()) resource.c_max_rate_kib_s = [2048, 2048];
  return at;
}

describe("drbdsetup status --verbose --statistics", () => {
  for (const [state, bring] of Object.entries(states))
    for (const host of ["alpha", "beta"] as const) {
      if (state === "peerdown" && host === "beta") continue;
      it(`says what 8.4's said in the state ${state} on ${host}`, () => {
        const at = slow();
        bring(at);
        expect(words(drbdStatusText(at.world, at[host]).stdout)).toEqual(words(recorded(`${state}/${host}/drbdsetup-status.txt`)));
      });
    }

  for (const [state, host] of [
    ["healthy", "alpha"],
    ["resync", "beta"],
    ["splitbrain", "alpha"],
    ["splitbrain", "beta"],
    ["peerdown", "alpha"],
  ] as const)
    it(`says what 9.2's said in the state ${state} on ${host}`, () => {
      const at = slow("9.2");
      states[state]?.(at);
      expect(words(drbdStatusText(at.world, at[host]).stdout)).toEqual(words(recorded(`drbd9-${state}/${host}/drbdsetup-status.txt`)));
    });

  it("breaks lines where the tool breaks them, in every recording", () => {
    const root = fileURLToPath(new URL("../../recordings/", import.meta.url));
    const files = readdirSync(root, { recursive: true })
      .map(String)
      .filter((name) => /drbdsetup-status[^/]*\.txt$/.test(name));
    expect(files.length).toBeGreaterThan(25);
    for (const file of files) expect(rewrap(recorded(file)), file).toBe(recorded(file));
  });
});

/** Takes a real answer's lines apart where the tool begins one and has them wrapped anew. */
function rewrap(text: string): string {
  const lines: { indent: number; continued: number; words: string[] }[] = [];
  const begins = /^(\s*)(\S+)/;
  let out = "";
  const flush = (): void => {
    for (const line of lines.splice(0)) out += wrapped(line.indent, line.words, line.continued);
  };
  for (const line of text.split("\n").slice(0, -1)) {
    const [, space = "", first = ""] = begins.exec(line) ?? [];
    if (line === "" || line.startsWith("#")) {
      flush();
      out += `${line}\n`;
      continue;
    }
    const fresh = space.length < 6 || first.startsWith("size:") || first.startsWith("received:");
    const split = line.trim().split(" ");
    if (!fresh) {
      lines.at(-1)?.words.push(...split);
      continue;
    }
    const indent = space.length;
    const statistics = indent >= 6;
    lines.push({ indent, continued: statistics ? indent : indent + 4, words: split });
  }
  flush();
  return out;
}

describe("drbdsetup status --json --statistics", () => {
  const mask = (text: string): string =>
    text.replace(
      /("(?:read|written|al-writes|bm-writes|received|sent|out-of-sync|percent-[a-z-]+|rs-[a-z0-9-]+|db[^"]*|estimated-seconds-to-finish|pending|unacked)": )[0-9.]+/g,
      "$1#",
    );

  for (const [state, host] of [
    ["healthy", "alpha"],
    ["healthy", "beta"],
    ["resync", "beta"],
    ["resync", "alpha"],
    ["splitbrain", "alpha"],
    ["peerdown", "alpha"],
  ] as const)
    it(`prints 9.2's very bytes but for counters in the state ${state} on ${host}`, () => {
      const at = slow("9.2");
      states[state]?.(at);
      expect(mask(drbdStatusJson(at.world, at[host]).stdout)).toBe(mask(recorded(`drbd9-${state}/${host}/drbdsetup-status.json`)));
    });

  it("is JSON", () => {
    const at = slow("9.2");
    states.resync?.(at);
    expect(JSON.parse(drbdStatusJson(at.world, at.beta).stdout)).toMatchObject([{ name: "r0" }, { name: "r1" }, { name: "r2" }]);
  });
});
