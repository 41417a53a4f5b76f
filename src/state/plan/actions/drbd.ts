/** What can be done to a DRBD resource. */
import type { Action } from "../action.ts";
import { connect } from "./drbd-connect.ts";
import { rate } from "./drbd-rate.ts";
import { repair } from "./drbd-repair.ts";
import { forget } from "./drbd-snapshot.ts";
import { drbdVerbs } from "./drbd-verbs.ts";

export const drbdActions: readonly Action[] = [connect, ...drbdVerbs, rate, repair, forget];
