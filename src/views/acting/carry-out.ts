/** Hands what was confirmed to the desk, and says at the foot what came of that. */
import type { Desk } from "../../state/plan/desk.ts";
import type { Effect } from "../actions.ts";
import type { Tone } from "../pane.ts";

export type ActEffect = Extract<Effect, { readonly kind: "run" | "take_over" | "let_go" | "prepare" | "stop" | "allow" | "fetch" }>;
export type ScreenDesk = Pick<Desk, "run" | "takeOver" | "letGo" | "prepare" | "stop" | "allow" | "fetch">;

export interface Told {
  readonly say: (text: string, tone: Tone) => void;
  readonly prepared: () => void;
}

/** desk: undefined where there is nothing to act on. */
export function actOut(effect: ActEffect, desk: ScreenDesk | undefined, { say, prepared }: Told): void {
  const told = (problem: string | undefined, otherwise: string): void =>
    problem === undefined ? say(otherwise, "info") : say(`Not done: ${problem}.`, "warning");
  if (desk === undefined) {
    told("there is nothing here to act on", "");
    return;
  }
  switch (effect.kind) {
    case "run":
      told(desk.run(effect.plans, effect.reason), "Confirmed; 6 Jobs shows it whole.");
      return;
    case "take_over":
      told(desk.takeOver(effect.plan, effect.reason), "Taking it over; 6 Jobs shows it whole.");
      return;
    case "let_go":
      told(desk.letGo(effect.plan, effect.reason), "Letting go of it; 6 Jobs shows it whole.");
      return;
    case "prepare":
      void desk.prepare(effect.requests).then(prepared);
      return;
    case "stop":
      desk.stop(effect.plan);
      return;
    case "fetch":
      desk.fetch(effect.plan);
      return;
    case "allow": {
      const { minutes } = effect;
      const done = minutes === undefined ? "Read-only again." : `Changes are allowed for ${minutes} minutes.`;
      void desk.allow(minutes, minutes === undefined ? "by :ro" : "by :rw").then((problem) => told(problem, done));
    }
  }
}
