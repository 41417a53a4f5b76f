/** Reasons of the verdict, where several guests share one. */

/** `its disk SyncTarget on beta` of one guest is `their disks SyncTarget on beta` of two. */
export const reasonOfAll = (reason: string, guests: number): string => (guests > 1 ? reason.replace(/^its disk /, "their disks ") : reason);
