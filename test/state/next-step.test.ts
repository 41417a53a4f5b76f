import { expect, it } from "vitest";
import { lookOn, nextStep, screenTitles } from "../../src/state/next-step.ts";
import { panes } from "../../src/views/panes/index.ts";

it("names a screen by its key and title, as the line of screens does", () => {
  expect(screenTitles).toEqual(Object.fromEntries(panes.map(({ key, title }) => [key, title])));
  expect(nextStep({ next: "3: watch it" })).toBe("3 DRBD, watch it");
  expect(nextStep({ next: "3: nothing is replicated; 5: look at the link" })).toBe(
    "3 DRBD, nothing is replicated; 5 Network, look at the link",
  );
  expect(nextStep({ next: "ctrl-r: connect again at 10:30" })).toBe("ctrl-r: connect again at 10:30");
});

it("names the screen besides only where the step hasn't", () => {
  expect(lookOn({ screen: 3, next: "3: watch it" })).toBeUndefined();
  expect(lookOn({ screen: 1, next: "wait" })).toBeUndefined();
  expect(lookOn({ screen: 4, next: "wait" })).toBe("4 Storage");
});
