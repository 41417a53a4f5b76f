/** What can be done to dom0's network. */
import type { Action } from "../action.ts";
import { netCreate } from "./net-create.ts";
import { portActions } from "./net-port.ts";
import { netRemove } from "./net-remove.ts";

export const netActions: readonly Action[] = [netCreate, netRemove, ...portActions];
