/** What this console calls its plans and itself in leases and journals. */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** `20261122-200000-1a2b3c` (UTC). */
export const planId = (now_ms: number): string =>
  `${new Date(now_ms).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15)}-${randomBytes(3).toString("hex")}`;

/** `c4711-9f3a61bc`: the process, and another name for each run. */
export const driverName = (): string => `c${process.pid}-${randomBytes(4).toString("hex")}`;

/**
 * Whether the console of this name is known to run no more: its process, on this machine, isn't there. Of another machine's nothing is known, and
 * neither is it where a process of that number is there.
 */
export function isGone(driver: string, operator: string): boolean {
  const [, pid] = /^c(\d{1,9})-[0-9a-f]+$/.exec(driver) ?? [];
  if (pid === undefined || operator.slice(operator.lastIndexOf("@") + 1) !== hostname()) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
