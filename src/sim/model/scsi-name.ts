/** sda, ..., sdz, sdaa: as the kernel numbers SCSI disks (sd.c, sd_format_disk_name). */
export function scsiDevice(taken: readonly string[]): string {
  for (let index = 1; ; index += 1) {
    let letters = "";
    for (let rest = index; rest >= 0; rest = Math.floor(rest / 26) - 1) letters = String.fromCharCode(97 + (rest % 26)) + letters;
    if (!taken.includes(`sd${letters}`)) return `sd${letters}`;
  }
}
