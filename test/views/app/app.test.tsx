import { render } from "ink-testing-library";
import { describe, expect, it } from "vitest";
import { App } from "../../../src/views/app.tsx";

describe("the tree that Ink draws", () => {
  it("is the frame, line by line, and follows when it changes", () => {
    const { lastFrame, rerender, frames } = render(<App frame={"first\nsecond\nthird"} />);
    expect(lastFrame()).toBe("first\nsecond\nthird");
    rerender(<App frame={"first\nchanged"} />);
    expect(lastFrame()).toBe("first\nchanged");
    const before = frames.length;
    rerender(<App frame={"first\nchanged"} />);
    expect(frames.slice(before).every((frame) => frame === "first\nchanged")).toBe(true);
  });

  it("cuts a row that is longer than the window, and never wraps it", () => {
    const { lastFrame } = render(<App frame={`${"x".repeat(300)}\nnext`} />);
    expect(lastFrame()?.split("\n")).toHaveLength(2);
    expect(lastFrame()?.split("\n")[1]).toBe("next");
  });
});
