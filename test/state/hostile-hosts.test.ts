/** Both hosts put escapes, bidi controls and C1 bytes into everything they tell. None of it may get out of the parsers, wherever it ends up. */
import { describe, expect, it } from "vitest";
import { checkResult } from "../../src/cli/check.ts";
import { pairDefaults } from "../../src/cli/config.ts";
import { statusJson } from "../../src/cli/status-json.ts";
import { statusText } from "../../src/cli/status-text.ts";
import { createSim, simLinks } from "../../src/sim/index.ts";
import { selectPair } from "../../src/state/select/pair.ts";
import { initialState, update } from "../../src/state/update.ts";
import type { ProbeFrame } from "../../src/xen/host/wire.ts";

const MARK = "\u001b]52;c;QQ==\u0007\u202e\u009b31m\u2066|\u200b";
/** The same within a JSON string, where raw control characters would only break it. */
const MARK_JSON = [...MARK].map((char) => (/[ -~]/.test(char) ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`)).join("");
const harmful = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u;

/** Words that names, states and messages are made of; each time a third of them is spoilt. */
const words =
  "web01 db01 r0 xenbr0 eth0 mpath vg0 LOGGED UpToDate Primary running active hvm Connected alpha beta xvd dm- sda iqn. drbd".split(" ");

type Spoil = (text: string) => string;
const spoils: readonly (readonly [string, Spoil])[] = [MARK, MARK_JSON].flatMap((mark) =>
  [0, 1, 2].map((third): [string, Spoil] => [
    `${mark === MARK ? "raw" : "in JSON"}, ${third}`,
    (text) => words.filter((_, index) => index % 3 === third).reduce((spoilt, word) => spoilt.replaceAll(word, word + mark), text),
  ]),
);

function spoiltFrame(frame: ProbeFrame, spoil: Spoil): ProbeFrame {
  if (frame.kind === "section") return { ...frame, stdout: spoil(frame.stdout) };
  if (frame.kind === "event") return { ...frame, line: spoil(frame.line) };
  if (frame.kind !== "hello") return frame;
  return { ...frame, fields: new Map([...frame.fields].map(([key, value]) => [key, key === "boot_id" ? value : spoil(value)])) };
}

/** Every text in a value, keys too. */
function* texts(value: unknown, seen = new Set<unknown>()): Generator<string> {
  if (typeof value === "string") yield value;
  if (typeof value !== "object" || value === null || seen.has(value)) return;
  seen.add(value);
  const inside =
    value instanceof Map ? [...value].flat() : value instanceof Set ? [...value] : [...Object.keys(value), ...Object.values(value)];
  for (const one of inside) yield* texts(one, seen);
}

describe.each(["san", "split-brain"])("the hosts of %s, hostile", (scenario) => {
  it.each(spoils)("spoilt %s", (_, spoil) => {
    const sim = createSim({ scenario, seed: 1 });
    if (sim === undefined) throw new Error(`no scenario ${scenario}`);
    let state = initialState({ name: scenario, hosts: sim.hosts, now_ms: sim.now_ms() });
    for (const [index, link] of simLinks(sim).entries()) {
      const host = sim.hosts[index === 0 ? 0 : 1];
      link.start((event) => {
        const at_ms = sim.now_ms();
        if (event.kind === "state") state = update(state, { kind: "link.changed", host, link: event.link, at_ms });
        else state = update(state, { kind: "probe.told", host, frame: spoiltFrame(event.frame, spoil), at_ms });
      });
    }
    sim.advance(60_000);
    const view = selectPair(state, sim.now_ms());
    const told = [...texts(state), ...texts(view)];
    // It did get in: what was taken out shows.
    expect(told.filter((text) => text.includes("\ufffd")).length).toBeGreaterThan(20);
    expect(told.filter((text) => harmful.test(text))).toEqual([]);

    const collected = { view, simulated: true, took_ms: 1, timeout_s: 20, version: "0" };
    expect(statusText(collected, { color: false, ascii: false }).replaceAll("\n", "")).not.toMatch(harmful);
    expect([...texts(statusJson(collected))].filter((text) => harmful.test(text))).toEqual([]);
    const { line } = checkResult(collected, pairDefaults.check);
    expect(line).not.toMatch(harmful);
    expect(line.split("|")).toHaveLength(2);
  });
});
