/** What the script of xen/read/net-setup.ts prints on a simulated host: its ssh sessions, default routes, and what makes its network at boot. */
import type { SimHost } from "../model/host.ts";
import type { NetDev } from "../model/network.ts";

/** The console's own address, and the other dom0's: outside of what is simulated. */
const OPERATOR = "10.20.0.200";

const own = ({ network }: SimHost): { readonly dev: NetDev; readonly address: string } | undefined => {
  for (const dev of network.devs)
    for (const { address } of dev.addresses) if (!/^(127\.|10\.99\.|::1)/.test(address)) return { dev, address };
  return undefined;
};

export function netSetup(host: SimHost, names: readonly string[]): string {
  const way = own(host);
  const ssh = way === undefined ? "" : `${OPERATOR} 50022 ${way.address} 22\n`;
  const route = way === undefined ? [] : [{ dst: "default", gateway: "10.20.0.1", dev: way.dev.name, flags: [] }];
  const files = [...host.files].filter(([path]) => /^\/etc\/(network|netplan|systemd\/network)\//.test(path));
  const mentions = names.flatMap((name) => files.filter(([, text]) => text.includes(name)).map(([path]) => `${name} ${path}\n`));
  return [
    `@@ ssh\n${ssh}`,
    `@@ sessions\n${way === undefined ? "" : `0      0      ${way.address}:22        ${OPERATOR}:50022\n`}`,
    `@@ routes\n${JSON.stringify(route)}\n\n`,
    `@@ managers\n${host.net_manager}\n`,
    `@@ sources\n${host.net_manager === "ifupdown" ? "source /etc/network/interfaces.d/*\n" : ""}`,
    `@@ mentions\n${mentions.join("")}`,
  ].join("");
}
