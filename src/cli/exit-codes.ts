/** Every exit status there is, in one table; docs/exit-codes.md is generated from it. */

export const exitCodes = {
  ok: { code: 0, when: "Done. For `status`: every reading of both hosts was told in time. For `doctor`: nothing to fix." },
  failed: {
    code: 1,
    when: "It was tried and failed. For `doctor`: something to fix was found. For `debug parse`: the output can't be understood. For all: standard output didn't take everything (a full disk).",
  },
  usage: {
    code: 2,
    when: "The command line or the config file isn't understood, no pair is named, or the screen was asked for without a terminal. Nothing was connected to.",
  },
  incomplete: {
    code: 3,
    when: "`status`: a host, or a reading of one, didn't answer within `--timeout`. What was told is printed; what is missing is null (text: ?).",
  },
  crashed: { code: 70, when: "An error in xenha-tui itself; what happened is on standard error, the terminal is given back." },
  hangup: { code: 129, when: "SIGHUP: the terminal went away." },
  interrupted: {
    code: 130,
    when: "SIGINT: ctrl-c while a command without a screen runs. On the screen ctrl-c is a key that ends it, with 0.",
  },
  terminated: { code: 143, when: "SIGTERM." },
} as const satisfies Record<string, { readonly code: number; readonly when: string }>;

/** What changes hosts tells how it ended: `plan`, `migrate`, `guest`, `drbd`, `jobs takeover`. */
export const actCodes = {
  done: { code: 0, when: "Done, and the hosts show it. With `--dry-run`, and for `plan`: nothing stands against it." },
  failed: { code: 1, when: "It failed, or was stopped, and what there is now is known: it is said. Nothing more will be done by itself." },
  usage: { code: 2, when: "The command isn't understood, what it names isn't there, or it wasn't confirmed. Nothing was changed." },
  refused: { code: 3, when: "A check said no, or couldn't be answered. Nothing was changed." },
  unknown: {
    code: 4,
    when: "The outcome of a step isn't known. Leases and journal stay; `xenha-tui jobs` tells, `jobs takeover` goes on when the host answers.",
  },
  held: {
    code: 5,
    when: "Another plan has the lease of what this one needs, or another console goes on with this plan. Nothing was changed by this one.",
  },
} as const satisfies Record<string, { readonly code: number; readonly when: string }>;

/** `check` speaks the monitoring plugins' language instead. */
export const checkCodes = {
  OK: { code: 0, when: "Every fact is fresh, nothing is wrong, and every guest of either host can restart on the other." },
  WARNING: { code: 1, when: "A finding of severity warning: redundancy is reduced, or something is on its way to fail." },
  CRITICAL: {
    code: 2,
    when: "A finding of severity critical, a guest that is down or doubled, a row that `status` shows as critical though no finding names it, or a host that can't be reached (so the pair has no known redundancy).",
  },
  UNKNOWN: {
    code: 3,
    when: "Neither host could be reached, or nothing is wrong as far as it was told but some reading wasn't told within `--timeout`, or the command line or config file isn't understood, or standard output didn't take the line.",
  },
} as const satisfies Record<string, { readonly code: number; readonly when: string }>;

export type CheckWord = keyof typeof checkCodes;
