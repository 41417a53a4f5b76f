/** What can be done to ways to disks. */
import type { Action } from "../action.ts";
import { pathActions } from "./path.ts";
import { iscsiActions } from "./storage-iscsi.ts";
import { nbdActions } from "./storage-nbd.ts";
import { remount } from "./storage-nfs.ts";
import { npivActions } from "./storage-npiv.ts";
import { rescan } from "./storage-rescan.ts";

export const storageActions: readonly Action[] = [...pathActions, ...iscsiActions, rescan, ...npivActions, ...nbdActions, remount];
