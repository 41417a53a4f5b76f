import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { xenha } from "../../../src/xen/read/xenha.ts";

const facts = (stdout: string) => {
  const result = xenha.parse({ rc: 0, stdout, truncated: false });
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.facts;
};

describe("xenha", () => {
  it("tells leases, journal and jobs with the newest lines of their output", () => {
    const text = `leases/guest-web01:p1 ana-7 {"by":"ana"}
journal/p1/000000:{"goal":"x:y"}
journal/p1/end:{"result":"done"}
jobs/p2/01-migrate:running -
| xc: progress: Frames iteration 0: 1/2  50%
jobs/p2/02-x:ended 0
`;
    expect(facts(text)).toEqual({
      leases: [{ key: "guest-web01", plan: "p1", driver: "ana-7", text: '{"by":"ana"}' }],
      journal: [
        { plan: "p1", seq: "000000", text: '{"goal":"x:y"}' },
        { plan: "p1", seq: "end", text: '{"result":"done"}' },
      ],
      jobs: [
        { plan: "p2", step: "01-migrate", state: "running", rc: undefined, tail: ["xc: progress: Frames iteration 0: 1/2  50%"] },
        { plan: "p2", step: "02-x", state: "ended", rc: 0, tail: [] },
      ],
      kept: [],
      not_understood: [],
    });
  });

  it("concludes nothing from a state it doesn't know, and says so", () => {
    expect(facts("jobs/p1/s1:dancing 0\n")).toMatchObject({
      jobs: [{ state: "running", rc: undefined }],
      not_understood: ["jobs/p1/s1:dancing 0"],
    });
  });

  it("is total, and lets no control character through", () => {
    const line = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "leases/",
        "leases/k:",
        "leases/k:p",
        "jobs/a/b:ended 999",
        "| orphan",
        "journal/p/1",
        "journal/p/000001:{}",
        "jobs/p/s:running -",
      ),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: what must not be there
        expect(JSON.stringify(facts(lines.join("\n")))).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
      }),
    );
  });
});
