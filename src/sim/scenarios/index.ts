/** The table of scenarios: one file each, one line here. */
import { pair } from "./pair.ts";
import type { Scenario } from "./scenario.ts";

export const scenarios: readonly Scenario[] = [pair];

export const DEFAULT_SCENARIO = pair.name;
export const findScenario = (name: string): Scenario | undefined => scenarios.find((scenario) => scenario.name === name);
