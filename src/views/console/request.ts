/** What the screens ask of the consoles. */
import type { HostId } from "../../xen/model/ids.ts";

export type ConsoleRequest =
  | { readonly kind: "console"; readonly key: string; readonly name: string }
  | { readonly kind: "shell"; readonly host: HostId };
