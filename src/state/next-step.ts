/** What a finding says to do next, with the screens it names by their key and title. */
import type { Finding } from "./view-model.ts";

/** As on the line of screens. */
export const screenTitles: Readonly<Record<string, string>> = {
  "1": "Overview",
  "2": "Guests",
  "3": "DRBD",
  "4": "Storage",
  "5": "Network",
  "6": "Jobs",
  "7": "Timeline",
};

/** `3: watch it` tells a rule's reader which key it is; on the screen it is `3 DRBD, watch it`. */
export const nextStep = ({ next }: Pick<Finding, "next">): string =>
  next.replace(/(^|; )([1-7]): /g, (_, before: string, key: string) => `${before}${key} ${screenTitles[key] ?? ""}, `);

/** The screen to look at, where the next step doesn't name it; the overview is where one is. */
export const lookOn = ({ screen, next }: Pick<Finding, "screen" | "next">): string | undefined =>
  screen === 1 || next.startsWith(`${screen}: `) ? undefined : `${screen} ${screenTitles[screen] ?? ""}`;
