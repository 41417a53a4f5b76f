/** The table of commands that change a simulated host, by the program's name. A new one is one file and one line. */
import { drbdadm } from "./drbdadm.ts";
import { drbdsetup } from "./drbdsetup.ts";
import { cp, dd, ln, mv, nothing, rm } from "./files.ts";
import { ip } from "./ip.ts";
import { iscsiadm } from "./iscsiadm.ts";
import { lvcreate, lvremove } from "./lvm.ts";
import { mount, umount } from "./mount.ts";
import { multipath, multipathd } from "./multipath.ts";
import { nbdClient } from "./nbd-client.ts";
import { ovsVsctl } from "./ovs-vsctl.ts";
import { sh } from "./sh.ts";
import { tee, timeout } from "./shell.ts";
import { sleep } from "./sleep.ts";
import type { Tool } from "./tool.ts";
import { xl } from "./xl.ts";

const drbd = { drbdadm, drbdsetup } as const;
const files = { cp, dd, mv, ln, rm, tee } as const;
const storage = { lvcreate, lvremove, multipathd, multipath, iscsiadm, "nbd-client": nbdClient, mount, umount } as const;

export const tools: Readonly<Record<string, Tool>> = {
  xl,
  ...drbd,
  ...files,
  ...storage,
  ip,
  "ovs-vsctl": ovsVsctl,
  sh,
  sleep,
  timeout: timeout(() => tools),
  true: nothing,
};
