/** The console as it is installed, on a pair over ssh. */
import { type Hosts, openHosts } from "./hosts.ts";
import { consoleFor } from "./programs.ts";
import { type Opening, openTerminal, ROWS, type Screen, type Terminal } from "./terminal.ts";

export interface Console {
  readonly terminal: Terminal;
  readonly hosts: Hosts;
  readonly close: () => Promise<void>;
}

/** Columns of the border, then the board's title. */
export const titleIs = (title: string) => (screen: Screen) => screen.row(3).startsWith(`─ ${title} `);
/** The row that the cursor is on. */
export const cursorRow = (screen: Screen): number => {
  for (let y = 0; y < ROWS; y += 1) if (screen.row(y).startsWith("▸")) return y;
  return -1;
};

export async function openConsole(guests: number, opening: Opening = {}): Promise<Console> {
  const hosts = await openHosts(guests);
  const terminal = openTerminal(await consoleFor(hosts.ssh_config), opening);
  await terminal.sees((screen) => screen.row(1).includes("alpha"));
  terminal.type("2");
  await terminal.sees((screen) => new RegExp(`^ ${guests} guests: .* on alpha, .* on beta`).test(screen.row(4)));
  return {
    terminal,
    hosts,
    close: async () => {
      await terminal.close();
      await hosts.close();
    },
  };
}
