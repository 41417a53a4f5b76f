import { render } from "ink-testing-library";
import { describe, expect, it } from "vitest";
import { App } from "../../../src/views/app.tsx";

describe("the tree that Ink draws", () => {
  it("is one line for each row, in order, and follows when rows change", () => {
    const { lastFrame, rerender, frames } = render(<App rows={["first", "second", "third"]} />);
    expect(lastFrame()).toBe("first\nsecond\nthird");
    rerender(<App rows={["first", "changed"]} />);
    expect(lastFrame()).toBe("first\nchanged");
    const before = frames.length;
    rerender(<App rows={["first", "changed"]} />);
    expect(frames.slice(before).every((frame) => frame === "first\nchanged")).toBe(true);
  });

  it("cuts a row that is longer than the window, and never wraps it", () => {
    const { lastFrame } = render(<App rows={["x".repeat(300), "next"]} />);
    expect(lastFrame()?.split("\n")).toHaveLength(2);
    expect(lastFrame()?.split("\n")[1]).toBe("next");
  });
});
