/** Runbooks of incidents with a whole host, or the way to it. */
import type { Runbook } from "./runbook.ts";

export const hostDies: Runbook = {
  id: "host-dies",
  title: "A host doesn't answer",
  incident: 1,
  scenario: "host-dies",
  when: "`no contact with HOST`, and DRBD on the other host has lost it too. Unreachable is not dead: it may run its guests, cut off from you and from its peer.",
  never: [
    "Start none of its guests elsewhere before it is proven off: two writers on one disk lose data for good.",
    "Don't take silence of ssh and ping for proof, however long.",
  ],
  steps: [
    {
      do: "Read what the console knows of it: since when, by which hop, and whether DRBD on the other host still hears it.",
      keys: ["f", "enter"],
      see: "the finding with its evidence; `DRBD on ... has lost it too`, or that it is alive",
    },
    {
      do: "Try once more now; a jump host that was restarted needs a moment.",
      keys: ["ctrl-r"],
      see: "`Trying every host and reading again.`",
    },
    {
      do: "See what would restart on the other host, and why not. What isn't known is no yes.",
      keys: ["1", "g"],
      see: "`Lose HOST:` with each guest that can't, or isn't known",
    },
    {
      do: "Find the host by its BMC, its other networks, or the person next to it. Have it switched off and confirmed off (the fence agent's own status), or let it be proven alive.",
    },
    {
      do: "Only then start its guests on the other host, in the order of what matters, each verified before the next: the plan has its fence agent switch it off, or asks for your word that it is. A mirrored disk must be UpToDate there.",
      keys: ["2"],
      see: "every guest with where it can run",
      action: "failover",
    },
    { do: "Write down what happened while it is fresh.", keys: ["w"], see: "where the report was written" },
  ],
  over: "Every guest that matters runs on the other host, once. The finding stays until the host is back: the pair has no redundancy.",
};

export const hostReturns: Runbook = {
  id: "host-returns",
  title: "A host comes back",
  incident: 2,
  scenario: "host-returns",
  when: "A host that was away answers again, while its guests run on the other one.",
  never: [
    "Don't let it start its guests by itself: they run elsewhere. Look at its autostart before it boots, or at once after.",
    "Don't promote its disks: they are old until they are UpToDate again.",
  ],
  steps: [
    {
      do: "See that it answers, for how long it has been up, and that its clock is right.",
      keys: ["1", "g"],
      see: "`live`, and an uptime of minutes",
    },
    {
      do: "Look for guests that are there twice, or were started by themselves.",
      keys: ["2"],
      see: "each guest with its host; nothing runs on both",
    },
    {
      do: "Watch its disks catch up. A StandAlone resource means that both sides were written: that is a split brain, and has a runbook of its own.",
      keys: ["3"],
      see: "SyncTarget with done %, then UpToDate on both",
      action: "rejoin",
    },
    {
      do: "Compare the configurations that were changed meanwhile.",
      keys: ["2", "/", "NAME", "enter", "enter"],
      see: "the guest's detail; `config differs` where the hosts' files do",
      action: "guest sync-config",
    },
    {
      do: "When all is UpToDate and the verdict says that everything restarts, move the guests home, one after the other.",
      keys: ["1", "g"],
      see: "`Lose ...: all ... restart`",
      action: "restore",
    },
  ],
  over: "Both hosts live, every resource UpToDate on both, the verdict green both ways, guests where they belong.",
};

export const ownLink: Runbook = {
  id: "own-link",
  title: "Your own link drops",
  incident: 10,
  scenario: "link-drop",
  when: "A host, or both, are stale or unreachable, and DRBD on the other host is still Connected to it: the pair is well, only you don't see it.",
  never: ["Don't rescue a host that is alive.", "Don't begin a second plan for what one is running for: it goes on without you."],
  steps: [
    {
      do: "Read the proof: a host that its peer's DRBD is Connected to is alive. Both lost at one hop means that the hop is yours.",
      keys: ["f", "enter"],
      see: "`it is alive`, or the hop at which both fail",
    },
    {
      do: "Connect again now; else the console tries by itself, ever more seldom.",
      keys: ["ctrl-r"],
      see: "`Trying every host and reading again.`",
    },
    {
      do: "Look for plans that were running: they go on on the dom0. Who began them and how far they are stands there for every console.",
      keys: ["6"],
      see: "running and unfinished plans, or that there are none",
    },
    { do: "See what you missed.", keys: ["7"], see: "what the hosts' journals tell of the time without you" },
  ],
  over: "Both hosts live, their ages below ten seconds, and every plan done or taken over.",
};

export const maintenance: Runbook = {
  id: "maintenance",
  title: "Empty a host for maintenance",
  incident: 6,
  scenario: "maintenance",
  when: "A host is to be switched off on purpose.",
  never: [
    "Don't switch it off while a guest runs there, a resource is Primary there, or it is the source of a resync.",
    "Don't move a guest whose mirror isn't connected and UpToDate on both sides: the move succeeds, with old data.",
  ],
  steps: [
    {
      do: "See whether everything can run on the other host, and what is in the way.",
      keys: ["1", "g"],
      see: "`Lose HOST: all ... restart`, or who can't and why",
    },
    {
      do: "Move the guests, one after the other; those that can't be moved live are shut down and started there.",
      keys: ["2"],
      see: "each guest's place; `moving to ...` while it moves",
      action: "evacuate",
    },
    {
      do: "See that no resource is Primary there and that nothing syncs from it.",
      keys: ["3"],
      see: "Secondary on that host in every row",
    },
    { do: "Only with nothing left there is it safe to switch off.", keys: ["1", "g"], see: "`0 guests`, `nothing runs there`" },
    { do: "Afterwards: as when a host comes back. Then move the guests home.", action: "restore" },
  ],
  over: "The host is back, every resource UpToDate on both, and the guests are where they were.",
};
