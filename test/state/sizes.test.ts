import { describe, expect, it } from "vitest";
import { sizesOfMib } from "../../src/state/sizes.ts";

describe("sizes that are compared", () => {
  it("are in one unit", () => {
    expect(sizesOfMib([116, 552])).toEqual(["116 MiB", "552 MiB"]);
    expect(sizesOfMib([300, 98_304])).toEqual(["0.3 GiB", "96.0 GiB"]);
  });
  it("never read alike where they differ", () => {
    expect(sizesOfMib([20_480, 20_479])).toEqual(["20480 MiB", "20479 MiB"]);
    expect(sizesOfMib([20_480, 20_480])).toEqual(["20.0 GiB", "20.0 GiB"]);
  });
});
