import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drbdStatusFromText } from "../../../src/xen/read/drbd-status-text.ts";
import { perText } from "../../../src/xen/read/same-text.ts";

describe("what was read from a text", () => {
  it("is the very same where the same text comes again", () => {
    let made = 0;
    const read = perText(4, (text) => {
      made += 1;
      return { text };
    });
    expect(read("r0")).toBe(read("r0"));
    expect(read("r1")).not.toBe(read("r0"));
    expect(made).toBe(2);
  });

  it("is kept for the last texts only, and used ones stay", () => {
    let made = 0;
    const read = perText(4, (text) => {
      made += 1;
      return { text };
    });
    const first = read("always");
    for (let at = 0; at < 100; at += 1) {
      read(`once ${at}`);
      expect(read("always")).toBe(first);
    }
    expect(made).toBe(101);
    // Long gone.
    read("once 0");
    expect(made).toBe(102);
  });
});

describe("drbdsetup status", () => {
  const text = readFileSync(new URL("../../recordings/splitbrain/alpha/drbdsetup-status.txt", import.meta.url), "utf8");
  const many = (count: number, role: (at: number) => string): string =>
    Array.from({ length: count }, (_, at) =>
      [
        `r${at} role:${role(at)} suspended:no`,
        "  volume:0 minor:0 disk:UpToDate",
        "  beta role:Secondary congested:no",
        "    volume:0 replication:Established peer-disk:UpToDate",
        "",
      ].join("\n"),
    ).join("\n");

  it("gives every resource that it tells as before as the very same", () => {
    const before = drbdStatusFromText(many(300, () => "Primary")).resources;
    const after = drbdStatusFromText(many(300, (at) => (at === 7 ? "Secondary" : "Primary"))).resources;
    expect(after.filter((resource, at) => resource !== before[at]).map(({ name, role }) => `${name} ${role}`)).toEqual(["r7 Secondary"]);
  });

  it("reads a whole answer as it reads it in parts", () => {
    const { resources, not_understood } = drbdStatusFromText(text);
    expect(resources.length).toBeGreaterThan(1);
    expect(drbdStatusFromText(`${text}\n${text}`)).toEqual({
      resources: [...resources, ...resources],
      not_understood: [...not_understood, ...not_understood],
    });
  });
});
