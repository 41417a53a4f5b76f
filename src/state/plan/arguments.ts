/**
 * What an action is done to, and what it needs to be told: one description that the command line, the forms of the screen and the documentation
 * go by. What an argument can't be is refused here, before any planner sees it.
 */
import type { PlanContext } from "./action.ts";

/** The kind of object whose rows an action is offered on. `pair`: on none, it is about the pair as a whole. */
export const objectKinds = ["guest", "resource", "host", "storage", "network", "pair"] as const;
export type ObjectKind = (typeof objectKinds)[number];

export type Given = Readonly<Record<string, string>>;

export interface Choice {
  /** What the argument becomes. */
  readonly value: string;
  /** What it is, in a few words. */
  readonly title: string;
}
/** On the facts of now, and what was said so far. Best first, bounded by who makes it. */
export type Choices = (context: PlanContext, given: Given) => readonly Choice[];

interface Asked {
  readonly name: string;
  readonly optional: boolean;
  /** Asked in one line, without a colon or full stop: `to which host`. */
  readonly prompt: string;
}

export type ActionArg = Asked &
  (
    | {
        /** guest: key, UUID or name. resource: DRBD's name. host: its id. storage: key of its row. network: name of a bridge or interface. */
        readonly kind: "guest" | "resource" | "host" | "storage" | "network";
      }
    /** A host's name or address, as xl and ssh take it. */
    | { readonly kind: "address"; readonly choices?: Choices }
    /** A whole number. */
    | { readonly kind: "number"; readonly unit: string; readonly min: number; readonly max: number; readonly choices?: Choices }
    /** One of these and nothing else. A planner must judge it itself: the command line doesn't ask here. */
    | { readonly kind: "choice"; readonly choices: Choices }
    | { readonly kind: "text"; readonly length_max: number; readonly choices?: Choices }
  );

/** What a host's name or address may be made of: xl hands it to a shell (xl_migrate.c:54). */
export const ADDRESS = /^[A-Za-z0-9](?:[A-Za-z0-9.:-]{0,252}[A-Za-z0-9])?$/;

const whole = (text: string): number | undefined => (/^\d{1,15}$/.test(text) ? Number(text) : undefined);

/** Why it can't be this, in one sentence; undefined: it can, as far as its kind tells. */
export function argProblem(arg: ActionArg, value: string): string | undefined {
  switch (arg.kind) {
    case "address":
      return ADDRESS.test(value)
        ? undefined
        : `${JSON.stringify(value)} is not a host's name or address: letters, digits, dots, colons and dashes`;
    case "number": {
      const number = whole(value);
      const { min, max, unit, name } = arg;
      return number !== undefined && number >= min && number <= max
        ? undefined
        : `${name} is a whole number of ${unit} from ${min} to ${max}, not ${JSON.stringify(value)}`;
    }
    case "text":
      if (/\p{Cc}/u.test(value)) return `${arg.name} holds a control character`;
      return [...value].length <= arg.length_max ? undefined : `${arg.name} is longer than ${arg.length_max} characters`;
    case "guest":
    case "resource":
    case "host":
    case "storage":
    case "network":
    case "choice":
      return undefined;
  }
}

/** `GUEST`, `[to]`: as a usage line has it. */
export const argLabel = ({ name, optional }: Pick<ActionArg, "name" | "optional">): string => (optional ? `[${name}]` : name);
