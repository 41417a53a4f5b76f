#!/bin/sh
# xenha-tui probe 2: reads the state of a Xen dom0 and tells it on stdout, as long as somebody listens on stdin.
# GENERATED from src/xen/host/probe-source.ts and src/xen/read/*.ts by "npm run generate"; the console sends exactly this text.
# It changes nothing, installs nothing and writes no file. May be the forced command of a read-only key: see docs/monitoring-key.md.
xenha_probe() {
LC_ALL=C PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin
export LC_ALL PATH
unset ENV BASH_ENV CDPATH
IFS=' 	
'
nl='
'
readings='xl_list drbd_status drbd_proc xl_info xenha multipath ip_link host xenstore iscsi nfs nbd bond bridge_link df xl_list_long drbd_show xl_configs bridge_vlan xentop ip_addr ovs fc lvm drbd_gi lsblk xen_auto xl_monitors xapi kernel_log bridge_fdb xl_logs'
# xl-list: domains and their states (xl list -v)
id_xl_list=xl-list cad_xl_list=4 tmo_xl_list=8 max_xl_list=262144 evt_xl_list='xen'
run_xl_list= full_xl_list= due_xl_list=0 sum_xl_list= again_xl_list= turn_xl_list=0 killed_xl_list= pid_xl_list=
cmd_xl_list='command -v xl >/dev/null || exit 69
{ why=$(xl list -v 2>&1 1>&3); rc=$?; } 3>&1
[ $rc = 0 ] || printf '\''%s\n'\'' "$why" | head -n 20
exit $rc'
# drbd-status: DRBD resources: roles, disks, connections, resync (drbdsetup status --statistics)
id_drbd_status=drbd-status cad_drbd_status=5 tmo_drbd_status=8 max_drbd_status=2097152 evt_drbd_status='drbd'
run_drbd_status= full_drbd_status= due_drbd_status=0 sum_drbd_status= again_drbd_status= turn_drbd_status=0 killed_drbd_status= pid_drbd_status=
cmd_drbd_status='[ -e /proc/drbd ] && command -v drbdsetup >/dev/null || exit 69
read -r _ version _ </proc/drbd
case $version in
8.*) form=--verbose ;;
*) form=--json ;;
esac
out=$(drbdsetup status $form --statistics) || { rc=$?; printf '\''%s\n'\'' "$out"; exit $rc; }
printf '\''%s\n'\'' "$out" | sed -e '\''s/ read:[0-9]*//'\'' -e '\''s/ written:[0-9]*//'\'' -e '\''s/ al-writes:[0-9]*//'\'' -e '\''s/ bm-writes:[0-9]*//'\'' -e '\''s/ lower-pending:[0-9]*//'\'' -e '\''s/ received:[0-9]*//'\'' -e '\''s/ sent:[0-9]*//'\'' -e '\''s/ unacked:[0-9]*//'\'' -e '\''s/ pending:[0-9]*//'\'' -e '\''s/"read": *[0-9]*,//'\'' -e '\''s/"written": *[0-9]*,//'\'' -e '\''s/"al-writes": *[0-9]*,//'\'' -e '\''s/"bm-writes": *[0-9]*,//'\'' -e '\''s/"lower-pending": *[0-9]*,//'\'' -e '\''s/"received": *[0-9]*,//'\'' -e '\''s/"sent": *[0-9]*,//'\'' -e '\''s/"unacked": *[0-9]*,//'\'' -e '\''/^  *$/d'\'''
# drbd-proc: DRBD's version, and 8.x resync progress (cat /proc/drbd)
id_drbd_proc=drbd-proc cad_drbd_proc=5 tmo_drbd_proc=5 max_drbd_proc=524288 evt_drbd_proc='drbd'
run_drbd_proc= full_drbd_proc= due_drbd_proc=0 sum_drbd_proc= again_drbd_proc= turn_drbd_proc=0 killed_drbd_proc= pid_drbd_proc=
cmd_drbd_proc='[ -e /proc/drbd ] || exit 69
sed '\''s/ns:[0-9].* ep:/ep:/'\'' /proc/drbd'
# xl-info: hypervisor, its version, memory and abilities (xl info)
id_xl_info=xl-info cad_xl_info=30 tmo_xl_info=8 max_xl_info=16384 evt_xl_info='xen'
run_xl_info= full_xl_info= due_xl_info=0 sum_xl_info= again_xl_info= turn_xl_info=0 killed_xl_info= pid_xl_info=
cmd_xl_info='command -v xl >/dev/null || exit 69
{ why=$(xl info 2>&1 1>&3); rc=$?; } 3>&1
[ $rc = 0 ] || printf '\''%s\n'\'' "$why" | head -n 20
exit $rc'
# xenha: plans: leases, journals, jobs (/run/xenha, /var/lib/xenha)
id_xenha=xenha cad_xenha=5 tmo_xenha=10 max_xenha=524288 evt_xenha=''
run_xenha= full_xenha= due_xenha=0 sum_xenha= again_xenha= turn_xenha=0 killed_xenha= pid_xenha=
cmd_xenha='(cd "${XENHA_KEEP:-/var/lib/xenha}" 2>/dev/null && grep -sH '\'''\'' kept/*)
cd "${XENHA_DIR:-/run/xenha}" 2>/dev/null || exit 0
for k in leases/*; do
  there= line=free
  for try in 1 2 3; do
    for f in "$k"/[0-9][0-9][0-9][0-9][0-9][0-9]; do :; done
    case $f in *'\''[0-9][0-9][0-9][0-9][0-9][0-9]'\'') break;; esac
    there=1
    # Gone in this very moment: there is a newer one.
    IFS= read -r line 2>/dev/null <"$f" && there= && break
  done
  [ -z "$there" ] || line=
  [ "$line" = free ] || printf '\''%s:%s\n'\'' "$k" "$line"
done
grep -sH '\'''\'' journal/*/[0-9][0-9][0-9][0-9][0-9][0-9] journal/*/end
for j in jobs/*/*; do
  [ -d "$j" ] || continue
  plan=${j#jobs/} over=
  [ ! -f "journal/${plan%/*}/end" ] || over=1
  [ -z "$over" ] || [ ! -f "$j/rc" ] || continue
  state=made rc=-
  if [ -f "$j/rc" ]; then
    state=ended; IFS= read -r rc <"$j/rc" || rc=-
  elif [ -f "$j/pid" ]; then
    state=gone pid= started= session=
    read -r pid started session <"$j/pid" || :
    # What isn'\''t understood may well run.
    case $pid$started$session in cancelled) state=cancelled;; '\'''\''|*[!0-9]*) state=running;; esac
    session=${session:-$pid}
    for s in "/proc/$pid/stat" /proc/[0-9]*/stat; do
      [ $state = gone ] || break
      [ -z "$over" ] || [ "$s" = "/proc/$pid/stat" ] || break
      read -r all 2>/dev/null <"$s" || continue
      set -f
      set -- ${all##*) }
      set +f
      # The job itself, or something of its session that outlived it.
      [ "$s" = "/proc/$pid/stat" ] && [ "${20}" != "$started" ] && continue
      [ "$s" != "/proc/$pid/stat" ] && [ "$4" != "$session" ] && continue
      state=running
    done
    # It may have ended meanwhile.
    [ -f "$j/rc" ] && { state=ended; IFS= read -r rc <"$j/rc" || rc=-; }
  fi
  [ -z "$over" ] || [ $state = running ] || continue
  printf '\''%s:%s %s\n'\'' "$j" "$state" "$rc"
  [ ! -s "$j/log" ] || tail -n 24 "$j/log" | cut -c1-400 | sed '\''s/^/| /'\''
done
exit 0'
# multipath: multipath maps and their paths (multipathd show maps json)
id_multipath=multipath cad_multipath=10 tmo_multipath=10 max_multipath=2097152 evt_multipath='kernel'
run_multipath= full_multipath= due_multipath=0 sum_multipath= again_multipath= turn_multipath=0 killed_multipath= pid_multipath=
cmd_multipath='command -v multipathd >/dev/null || exit 69
multipathd show maps json && exit 0
rc=$?
grep -qs '\''^mpath-'\'' /sys/block/dm-*/dm/uuid || exit 69
exit $rc'
# ip-link: network interfaces, their carrier and layers (ip -j -d link)
id_ip_link=ip-link cad_ip_link=30 tmo_ip_link=8 max_ip_link=1048576 evt_ip_link='net'
run_ip_link= full_ip_link= due_ip_link=0 sum_ip_link= again_ip_link= turn_ip_link=0 killed_ip_link= pid_ip_link=
cmd_ip_link='command -v ip >/dev/null || exit 69
out=$(ip -j -d link 2>&1) || { rc=$?; printf '\''%s\n'\'' "$out"; exit $rc; }
printf '\''%s\n'\'' "$out" | sed -e '\''s/,"[a-z_]*_timer":[^],{}[]*//g'\'' -e '\''s/,"[gt][rs]o_[a-z_0-9]*":[^],{}[]*//g'\'' -e '\''s/,"mcast_[a-z_]*":[^],{}[]*//g'\'' -e '\''s/,"nf_call_[a-z0-9]*":[^],{}[]*//g'\'' -e '\''s/,"num_[rt]x_queues":[^],{}[]*//g'\'' -e '\''s/,"m[ai][xn]_mtu":[^],{}[]*//g'\'' -e '\''s/,"group_fwd_[a-z_]*":[^],{}[]*//g'\'' -e '\''s/,"[a-z_]*flood":[^],{}[]*//g'\'' -e '\''s/,"proxy_arp[a-z_]*":[^],{}[]*//g'\'' -e '\''s/,"topology_change[a-z_]*":[^],{}[]*//g'\'''
# host: dom0: kernel, load, memory, uptime, hardware (cat /proc/{loadavg,meminfo,uptime,cpuinfo} /etc/os-release)
id_host=host cad_host=15 tmo_host=8 max_host=8192 evt_host=''
run_host= full_host= due_host=0 sum_host= again_host= turn_host=0 killed_host= pid_host=
cmd_host='say() { line=; [ -r "$2" ] && IFS= read -r line <"$2"; [ -z "$line" ] || printf '\''@@ %s\n%s\n'\'' "$1" "$line"; }
say hostname /proc/sys/kernel/hostname
say kernel /proc/sys/kernel/osrelease
say boot_id /proc/sys/kernel/random/boot_id
say loadavg /proc/loadavg
say uptime /proc/uptime
say vendor /sys/class/dmi/id/sys_vendor
say product /sys/class/dmi/id/product_name
echo "@@ meminfo"; grep -E '\''^(MemTotal|MemAvailable|SwapTotal|SwapFree):'\'' /proc/meminfo
echo "@@ cpuinfo"; awk '\''/^model name/ && !told { print; told = 1 } /^processor/ { n++ } END { print n + 0 }'\'' /proc/cpuinfo
echo "@@ os"; grep '\''^PRETTY_NAME='\'' /etc/os-release
exit 0'
# xenstore: backends of guests' disks and interfaces (xenstore-ls -f /local/domain/0/backend)
id_xenstore=xenstore cad_xenstore=60 tmo_xenstore=15 max_xenstore=1048576 evt_xenstore='xen backend'
run_xenstore= full_xenstore= due_xenstore=0 sum_xenstore= again_xenstore= turn_xenstore=0 killed_xenstore= pid_xenstore=
cmd_xenstore='command -v xenstore-ls >/dev/null || exit 69
top=/local/domain/0/backend
kinds=$(xenstore-list $top) || xenstore-list /local/domain/0 >/dev/null || { xenstore-list /local/domain/0 2>&1 | head -n 3; exit 1; }
for kind in $kinds; do
  case $kind in vbd|qdisk|vbd3|vif) xenstore-ls -f "$top/$kind" || echo "@@ failed $kind";; esac
done | awk '\''
  BEGIN { n = split("dev params physical-device physical-device-path script mode state hotplug-status hotplug-error online mac bridge vifname", list, " "); for (i = 1; i <= n; i++) keep[list[i]] = 1 }
  /^@@/ { print; next }
  { at = index($0, " = "); if (!at) next
    n = split(substr($0, 1, at - 1), part, "/"); if (n < 8 || n > 9) next
    dev = part[6] "/" part[7] "/" part[8]; if (dev != last) { print dev; last = dev }
    if (n == 9 && part[9] in keep) print " " part[9] substr($0, at) }'\''
paths=
for id in $(xenstore-list /local/domain); do
  case $id in *[!0-9]*) continue;; esac
  paths="$paths /local/domain/$id/name"; [ "$id" = 0 ] || paths="$paths /local/domain/$id/vm"
done
echo "@@ names"
# One process for all; where a domain goes away in between it stops there, and each is asked for itself.
all=$(xenstore-read -p $paths) || all=$(for path in $paths; do xenstore-read -p "$path"; done)
printf '\''%s\n'\'' "$all"
exit 0'
# iscsi: iSCSI sessions and their disks (iscsiadm -m session -P 3)
id_iscsi=iscsi cad_iscsi=20 tmo_iscsi=10 max_iscsi=1048576 evt_iscsi='kernel'
run_iscsi= full_iscsi= due_iscsi=0 sum_iscsi= again_iscsi= turn_iscsi=0 killed_iscsi= pid_iscsi=
cmd_iscsi='command -v iscsiadm >/dev/null || exit 69
set -- /sys/class/iscsi_session/session*
[ -e "$1" ] || exit 21
told=$(iscsiadm -m session -P 3)
rc=$?
printf '\''%s\n'\'' "$told" | sed -e '\''/^[[:space:]]*username/d'\'' -e '\''/^[[:space:]]*password/d'\''
exit $rc'
# nfs: NFS mounts and their counters (/proc/self/mountstats)
id_nfs=nfs cad_nfs=10 tmo_nfs=5 max_nfs=524288 evt_nfs=''
run_nfs= full_nfs= due_nfs=0 sum_nfs= again_nfs= turn_nfs=0 killed_nfs= pid_nfs=
cmd_nfs='[ -r /proc/self/mountstats ] || exit 69
awk '\''/^device / { nfs = / with fstype nfs[34]?( |$)/ }
nfs && !/: 0 0 0 0 0 0 0 0/'\'' /proc/self/mountstats'
# nbd: network block devices (/sys/block/nbd*/{size,pid,backend})
id_nbd=nbd cad_nbd=20 tmo_nbd=5 max_nbd=65536 evt_nbd=''
run_nbd= full_nbd= due_nbd=0 sum_nbd= again_nbd= turn_nbd=0 killed_nbd= pid_nbd=
cmd_nbd='set -- /sys/block/nbd*
[ -e "$1" ] || exit 69
for device in "$@"; do
  case ${device##*/} in *p*) continue ;; esac
  size= pid= backend=
  { read -r size <"$device/size"; } 2>/dev/null
  { read -r pid <"$device/pid"; } 2>/dev/null
  { read -r backend <"$device/backend"; } 2>/dev/null
  echo "${device##*/} size=$size pid=$pid${backend:+ backend=$backend}"
done
exit 0'
# bond: bonds and the links in them (cat /proc/net/bonding/*)
id_bond=bond cad_bond=15 tmo_bond=5 max_bond=131072 evt_bond='net'
run_bond= full_bond= due_bond=0 sum_bond= again_bond= turn_bond=0 killed_bond= pid_bond=
cmd_bond='found=
for file in /proc/net/bonding/*; do
  [ -r "$file" ] || continue
  found=yes
  printf '\''@@ %s\n'\'' "${file##*/}"
  cat "$file"
done
[ -n "$found" ] || exit 69'
# bridge-link: bridge ports and their spanning tree state (bridge -j -d link)
id_bridge_link=bridge-link cad_bridge_link=30 tmo_bridge_link=8 max_bridge_link=524288 evt_bridge_link='net'
run_bridge_link= full_bridge_link= due_bridge_link=0 sum_bridge_link= again_bridge_link= turn_bridge_link=0 killed_bridge_link= pid_bridge_link=
cmd_bridge_link='command -v bridge >/dev/null || exit 69
out=$(bridge -j -d link 2>&1) || { rc=$?; printf '\''%s\n'\'' "$out"; exit $rc; }
printf '\''%s\n'\'' "$out" | cat'
# df: dom0's local file systems (df -P -k (local file systems of /proc/mounts))
id_df=df cad_df=8 tmo_df=10 max_df=131072 evt_df=''
run_df= full_df= due_df=0 sum_df= again_df= turn_df=0 killed_df= pid_df=
cmd_df='mounts=$(awk '\''
{ gsub(/\\040/, " ", $2); gsub(/\\011/, "\t", $2); gsub(/\\134/, "\\", $2) }
$2 ~ /\\012/ { next }
$3 ~ /^(nfs|cifs|smb|9p|ceph|gluster|lustre|afs|coda|ncpfs|gfs2|ocfs2|fuse|autofs)/ { remote[$2 "/"] = 1; next }
$3 == "zfs" || $3 == "btrfs" || ($1 ~ /^\/dev\// && $3 !~ /^(iso9660|squashfs|udf|devtmpfs)$/) || ($3 == "tmpfs" && $2 ~ /^\/(run|tmp|var\/.*)$/) {
  if ($3 == "tmpfs" || $3 == "zfs" || !($1 in seen)) { seen[$1] = 1; order[++count] = $2 } }
END { for (at = 1; at <= count; at++) {
  for (far in remote) if (index(order[at] "/", far) == 1) next_one = 1
  if (!next_one) print order[at]
  next_one = 0 } }'\'' /proc/mounts)
[ -n "$mounts" ] || exit 1
set -f
IFS='\''
'\''
df -P -k -- $mounts'
# xl-list-long: live configuration of every domain (xl list -l)
id_xl_list_long=xl-list-long cad_xl_list_long=60 tmo_xl_list_long=20 max_xl_list_long=2097152 evt_xl_list_long='xen'
run_xl_list_long= full_xl_list_long= due_xl_list_long=0 sum_xl_list_long= again_xl_list_long= turn_xl_list_long=0 killed_xl_list_long= pid_xl_list_long=
cmd_xl_list_long='command -v xl >/dev/null || exit 69
out=$({ why=$(xl list -l 2>&1 1>&3); rc=$?; } 3>&1
[ $rc = 0 ] || printf '\''%s\n'\'' "$why" | head -n 20
exit $rc); rc=$?
printf '\''%s\n'\'' "$out" | sed -e '\''s/^\( *"[a-z_]*passwd": \)".*"\(,\{0,1\}\)$/\1"-"\2/'\'' -e '\''s/^\( *"cmdline": \)".*"\(,\{0,1\}\)$/\1"-"\2/'\''
exit $rc'
# drbd-show: DRBD settings in effect (drbdsetup show)
id_drbd_show=drbd-show cad_drbd_show=60 tmo_drbd_show=10 max_drbd_show=1048576 evt_drbd_show=''
run_drbd_show= full_drbd_show= due_drbd_show=0 sum_drbd_show= again_drbd_show= turn_drbd_show=0 killed_drbd_show= pid_drbd_show=
cmd_drbd_show='[ -e /proc/drbd ] && command -v drbdsetup >/dev/null || exit 69
read -r _ version _ </proc/drbd
json=--json
case $version in
8.*) json= ;;
esac
shown=$(drbdsetup show $json)
rc=$?
printf '\''%s\n'\'' "$shown" | sed -e '\''s/\("shared-secret": *"\).*"/\1"/'\'' -e '\''/^[[:space:]]*shared-secret/d'\''
exit $rc'
# xl-configs: configuration files of guests (xl create -q -n FILE)
id_xl_configs=xl-configs cad_xl_configs=600 tmo_xl_configs=60 max_xl_configs=2097152 evt_xl_configs=''
run_xl_configs= full_xl_configs= due_xl_configs=0 sum_xl_configs= again_xl_configs= turn_xl_configs=0 killed_xl_configs= pid_xl_configs=
cmd_xl_configs='command -v xl >/dev/null || exit 69
remote=$(awk '\''$3 ~ /^(nfs|cifs|smb|9p|ceph|gluster|afs|fuse|autofs)/ { gsub(/\\040/, " ", $2); print $2 }'\'' /proc/mounts)
nl='\''
'\''
look() {
  IFS=$nl
  for mount in $remote; do
    case $1 in "$mount"/*) unset IFS; echo "? $1"; return;; esac
  done
  unset IFS
  if [ -e "$1" ]; then echo "+ $1"; else echo "- $1"; fi
}
paths() {
  printf '\''%s\n'\'' "$1" | sed -n -e '\''s/^ *"kernel": "\(\/.*\)",\{0,1\}$/\1/p'\'' -e '\''s/^ *"ramdisk": "\(\/.*\)",\{0,1\}$/\1/p'\'' -e '\''s/^ *"bootloader": "\(\/.*\)",\{0,1\}$/\1/p'\'' -e '\''s/^ *"[a-z_]*firmware": "\(\/.*\)",\{0,1\}$/\1/p'\'' -e '\''s/^ *"device_tree": "\(\/.*\)",\{0,1\}$/\1/p'\'' -e '\''s/^ *"pdev_path": "\(\/.*\)",\{0,1\}$/\1/p'\'' \
    -e '\''s/^ *"script": "\(\/.*\)",\{0,1\}$/\1/p'\'' -e '\''s/^ *"script": "\([^/].*\)",\{0,1\}$/\/etc\/xen\/scripts\/\1/p'\'' | sort -u |
    while IFS= read -r needed; do look "$needed"; done
}
seen='\''|'\'' count=0
for file in /etc/xen/*.cfg /etc/xen/auto/*; do
  [ -f "$file" ] || continue
  path=$(readlink -f "$file") || path=$file
  case $seen in *"|$path|"*) continue;; esac
  seen="$seen$path|" count=$((count + 1))
  if [ "$count" -gt 500 ]; then echo "@@ 75 $file"; echo "more than 500 files"; break; fi
  out=$(xl create -q -n "$path"); rc=$?
  echo "@@ $rc $path"
  if [ $rc != 0 ]; then
    xl create -q -n "$path" 2>&1 >/dev/null | grep -v '\''^warning:'\'' | head -n 3
  elif grep -q '\''^[[:space:]]*uuid[[:space:]]*='\'' "$path"; then
    printf '\''%s\n'\'' "$out" | sed -e '\''s/^\( *"[a-z_]*passwd": \)".*"\(,\{0,1\}\)$/\1"-"\2/'\'' -e '\''s/^\( *"cmdline": \)".*"\(,\{0,1\}\)$/\1"-"\2/'\''
  else
    printf '\''%s\n'\'' "$out" | sed -e '\''s/^\( *"[a-z_]*passwd": \)".*"\(,\{0,1\}\)$/\1"-"\2/'\'' -e '\''s/^\( *"cmdline": \)".*"\(,\{0,1\}\)$/\1"-"\2/'\'' -e '\''s/^\( *"uuid": \)".*"/\1""/'\''
  fi
  [ $rc != 0 ] || paths "$out"
done
exit 0'
# bridge-vlan: VLAN ids of bridge ports (bridge -j vlan)
id_bridge_vlan=bridge-vlan cad_bridge_vlan=60 tmo_bridge_vlan=8 max_bridge_vlan=524288 evt_bridge_vlan='net'
run_bridge_vlan= full_bridge_vlan= due_bridge_vlan=0 sum_bridge_vlan= again_bridge_vlan= turn_bridge_vlan=0 killed_bridge_vlan= pid_bridge_vlan=
cmd_bridge_vlan='command -v bridge >/dev/null || exit 69
out=$(bridge -j vlan 2>&1) || { rc=$?; printf '\''%s\n'\'' "$out"; exit $rc; }
printf '\''%s\n'\'' "$out" | cat'
# xentop: CPU, memory, disk and network use of every domain (xentop -b -f -i 2 -d 1)
id_xentop=xentop cad_xentop=15 tmo_xentop=10 max_xentop=131072 evt_xentop=''
run_xentop= full_xentop= due_xentop=0 sum_xentop= again_xentop= turn_xentop=0 killed_xentop= pid_xentop=
cmd_xentop='command -v xentop >/dev/null || exit 69
out=$(xentop -b -f -i 2 -d 1); rc=$?
printf '\''%s\n'\'' "$out" | awk '\''$1 == "NAME" && $2 == "STATE" && $3 == "CPU(sec)" { sample++ } sample >= 2'\''
exit $rc'
# ip-addr: addresses of dom0 (ip -j addr)
id_ip_addr=ip-addr cad_ip_addr=60 tmo_ip_addr=8 max_ip_addr=524288 evt_ip_addr='net'
run_ip_addr= full_ip_addr= due_ip_addr=0 sum_ip_addr= again_ip_addr= turn_ip_addr=0 killed_ip_addr= pid_ip_addr=
cmd_ip_addr='command -v ip >/dev/null || exit 69
out=$(ip -j addr 2>&1) || { rc=$?; printf '\''%s\n'\'' "$out"; exit $rc; }
printf '\''%s\n'\'' "$out" | sed '\''s/,"[a-z]*_life_time":[0-9]*//g'\'''
# ovs: Open vSwitch bridges, ports and interfaces (ovs-vsctl --format=json list Bridge|Port|Interface)
id_ovs=ovs cad_ovs=20 tmo_ovs=12 max_ovs=524288 evt_ovs='net'
run_ovs= full_ovs= due_ovs=0 sum_ovs= again_ovs= turn_ovs=0 killed_ovs= pid_ovs=
cmd_ovs='command -v ovs-vsctl >/dev/null || exit 69
echo "@@ Bridge"
ovs-vsctl -t 3 --format=json --columns=_uuid,name,ports list Bridge 2>&1 || exit $?
echo "@@ Port"
ovs-vsctl -t 3 --format=json --columns=_uuid,name,tag,trunks,interfaces,fake_bridge list Port 2>&1 || exit $?
echo "@@ Interface"
ovs-vsctl -t 3 --format=json --columns=_uuid,name,type,admin_state,link_state,error,mac_in_use,mtu,external_ids list Interface 2>&1 || exit $?'
# fc: Fibre Channel ports and NPIV virtual ports (/sys/class/fc_host/*, /sys/class/fc_vports/*)
id_fc=fc cad_fc=15 tmo_fc=10 max_fc=131072 evt_fc='kernel'
run_fc= full_fc= due_fc=0 sum_fc= again_fc= turn_fc=0 killed_fc= pid_fc=
cmd_fc='set -- /sys/class/fc_host/host*
[ -e "$1" ] || exit 69
for port in "$@" /sys/class/fc_vports/vport-*; do
  [ -e "$port" ] || continue
  echo "@@ ${port##*/}"
  for attribute in port_name node_name port_state port_type speed max_npiv_vports npiv_vports_inuse vport_state; do
    value=
    { read -r value <"$port/$attribute"; } 2>/dev/null
    [ -n "$value" ] && echo "$attribute=$value"
  done
done
exit 0'
# lvm: LVM volume groups, volumes and thin pools (lvs, vgs)
id_lvm=lvm cad_lvm=60 tmo_lvm=20 max_lvm=1048576 evt_lvm=''
run_lvm= full_lvm= due_lvm=0 sum_lvm= again_lvm= turn_lvm=0 killed_lvm= pid_lvm=
cmd_lvm='command -v lvs >/dev/null || exit 69
off= q='\''"'\''
set -- drbd 147 nbd 43
while [ $# -gt 0 ]; do
  ls /sys/block/"$1"[0-9]*/holders/* >/dev/null 2>&1 || off="$off,$q"'\''r|^/dev/'\''"$1|$q,$q"'\''r|^/dev/block/'\''"$2:|$q"
  shift 2
done
own=$(lvmconfig devices/filter 2>/dev/null)
case $own in '\''filter=['\''*'\'']'\'') own=${own#*[} own=,${own%]};; "filter=$q"*) own=,${own#*=};; *) own=;; esac
[ -z "$off" ] || set -- --config "devices{filter=[${off#,}$own]}"
echo '\''@@ lvs'\''
lvs "$@" --reportformat json --units b --nosuffix -o lv_name,vg_name,lv_size,lv_attr,pool_lv,origin,data_percent,metadata_percent,lv_path
rc=$?
echo '\''@@ vgs'\''
vgs "$@" --reportformat json --units b --nosuffix -o vg_name,vg_size,vg_free,vg_missing_pv_count,vg_attr || rc=$?
exit $rc'
# drbd-gi: DRBD data generations (/sys/kernel/debug/drbd/resources/*/volumes/*/data_gen_id, else drbdsetup get-gi)
id_drbd_gi=drbd-gi cad_drbd_gi=60 tmo_drbd_gi=15 max_drbd_gi=524288 evt_drbd_gi='drbd'
run_drbd_gi= full_drbd_gi= due_drbd_gi=0 sum_drbd_gi= again_drbd_gi= turn_drbd_gi=0 killed_drbd_gi= pid_drbd_gi=
cmd_drbd_gi='[ -e /proc/drbd ] || exit 69
if cd /sys/kernel/debug/drbd/resources 2>/dev/null; then
  set -- */volumes/*/data_gen_id
  [ -e "$1" ] || exit 0
  echo '\''@@ debugfs'\''
  grep -H . "$@" 2>/dev/null
  exit 0
fi
command -v drbdsetup >/dev/null || exit 69
read -r _ version _ </proc/drbd
drbdsetup status --verbose | awk '\''
/^[^ #]/ { resource = $1; node = "" }
/^  [^ ]/ { node = ""
  if ($1 ~ /^volume:/) { volume = substr($1, 8); minor = substr($2, 7); print resource, volume, minor, "-" }
  else { node = $2; sub(/^node-id:/, "", node) } }
/^    volume:/ { print resource, substr($1, 8), "-", node }'\'' | while read -r resource volume minor node; do
  case $version:$node in
  8.*:-) echo "@@ $resource/$volume"; drbdsetup get-gi "$minor" ;;
  8.*) ;;
  *:-) ;;
  *) echo "@@ $resource/$volume/$node"; drbdsetup get-gi "$resource" "$node" "$volume" ;;
  esac
done
exit 0'
# lsblk: block devices and what they lie on (lsblk -J -b)
id_lsblk=lsblk cad_lsblk=120 tmo_lsblk=10 max_lsblk=2097152 evt_lsblk=''
run_lsblk= full_lsblk= due_lsblk=0 sum_lsblk= again_lsblk= turn_lsblk=0 killed_lsblk= pid_lsblk=
cmd_lsblk='command -v lsblk >/dev/null || exit 69
columns=NAME,KNAME,TYPE,SIZE,WWN,SERIAL,MODEL,TRAN,STATE,MAJ:MIN,PKNAME
lsblk -J -b -o "$columns,PATH,MOUNTPOINTS" || lsblk -J -b -o "$columns,MOUNTPOINT"'
# xen-auto: guests that start at boot (ls /etc/xen/auto)
id_xen_auto=xen-auto cad_xen_auto=120 tmo_xen_auto=8 max_xen_auto=65536 evt_xen_auto=''
run_xen_auto= full_xen_auto= due_xen_auto=0 sum_xen_auto= again_xen_auto= turn_xen_auto=0 killed_xen_auto= pid_xen_auto=
cmd_xen_auto='[ -d /etc/xen/auto ] || exit 69
cd /etc/xen/auto || exit 1
for entry in *; do
  [ -e "$entry" ] || [ -L "$entry" ] || continue
  echo "@@ $entry"
  if [ -L "$entry" ]; then readlink -f "$entry" || readlink "$entry"; fi
done
exit 0'
# xl-monitors: xl's processes that start guests again (/proc/*/comm, /var/log/xen/xl-*.log)
id_xl_monitors=xl-monitors cad_xl_monitors=60 tmo_xl_monitors=10 max_xl_monitors=131072 evt_xl_monitors=''
run_xl_monitors= full_xl_monitors= due_xl_monitors=0 sum_xl_monitors= again_xl_monitors= turn_xl_monitors=0 killed_xl_monitors= pid_xl_monitors=
cmd_xl_monitors='[ -d /var/log/xen ] || exit 69
echo "@@ alive"
grep -lx xl /proc/[0-9]*/comm 2>/dev/null | cut -d/ -f3
echo "@@ said"
grep -ah '\''^Waiting for domain '\'' /var/log/xen/xl-*.log /var/log/xen/xl-*.log.[0-9] 2>/dev/null | tail -n 500
exit 0'
# xapi: XAPI: emergency mode, HA of the pool, this host's PBDs (xe host-is-in-emergency-mode; xe pool-list|pbd-list|sr-list)
id_xapi=xapi cad_xapi=60 tmo_xapi=24 max_xapi=131072 evt_xapi=''
run_xapi= full_xapi= due_xapi=0 sum_xapi= again_xapi= turn_xapi=0 killed_xapi= pid_xapi=
cmd_xapi='command -v xe >/dev/null || exit 69
ask() { echo "@@ $1"; shift; timeout 5 xe "$@" 2>&1; rc=$?; echo "@@ rc $rc"; [ $rc = 0 ] || exit 0; }
echo "@@ role"; head -c 200 /etc/xensource/pool.conf 2>/dev/null; echo
me=$(sed -n "s/^INSTALLATION_UUID='\''\([0-9a-f-]*\)'\''.*/\1/p" /etc/xensource-inventory 2>/dev/null)
ask emergency host-is-in-emergency-mode
ask pool pool-list params=uuid,ha-enabled,ha-host-failures-to-tolerate,ha-plan-exists-for,ha-overcommitted
[ -n "$me" ] || { printf '\''@@ pbd\n%s\n@@ rc 1\n'\'' "no INSTALLATION_UUID in /etc/xensource-inventory"; exit 0; }
ask pbd pbd-list host-uuid="$me" params=uuid,sr-uuid,currently-attached
ask sr sr-list params=uuid,name-label,type,shared
exit 0'
# kernel-log: the kernel's log of the last hours (journalctl -k)
id_kernel_log=kernel-log cad_kernel_log=0 tmo_kernel_log=20 max_kernel_log=262144 evt_kernel_log=''
run_kernel_log= full_kernel_log= due_kernel_log=0 sum_kernel_log= again_kernel_log= turn_kernel_log=0 killed_kernel_log= pid_kernel_log=
cmd_kernel_log='keep() { grep -iE '\''drbd|xen|vif|vbd|scsi|sd [0-9]|multipath|device-mapper|dm-[0-9]|connection[0-9]|session[0-9]|rport|nbd|nfs|bridge|entered|bond|link|I/O error|error, dev|EXT4-fs|XFS|out of memory|blocked for more|hardware error'\'' | grep -vE "clocksource|ommand line:" | tail -n 400 | cut -c1-400; }
if command -v journalctl >/dev/null && [ -d /run/systemd/system ]; then
  lines=$(journalctl -q --no-pager -o short-unix --since=-12h _TRANSPORT=kernel | keep)
  if [ -n "$lines" ]; then printf '\''%s\n'\'' "$lines"; exit 0; fi
fi
read -r up _ </proc/uptime
echo "@@ dmesg $(date +%s) $up"
lines=$(dmesg) || exit 1
printf '\''%s\n'\'' "$lines" | keep
exit 0'
# bridge-fdb: addresses learned by bridges (bridge -j fdb)
id_bridge_fdb=bridge-fdb cad_bridge_fdb=120 tmo_bridge_fdb=10 max_bridge_fdb=262144 evt_bridge_fdb=''
run_bridge_fdb= full_bridge_fdb= due_bridge_fdb=0 sum_bridge_fdb= again_bridge_fdb= turn_bridge_fdb=0 killed_bridge_fdb= pid_bridge_fdb=
cmd_bridge_fdb='command -v bridge >/dev/null || exit 69
out=$(bridge -j fdb 2>&1) || { rc=$?; printf '\''%s\n'\'' "$out"; exit $rc; }
printf '\''%s\n'\'' "$out" | sed -e '\''s/},{/},\
{/g'\'' -e '\''s/"flags":\[\],//g'\'' -e '\''s/,"state":""//g'\'' | grep -v -e '\''"permanent"'\'' -e '\''"self"'\'' | awk '\''
  /"00:16:3e:/ { if (guests++ <= 600) print; next }
  others <= 400 { line[others++] = $0 }
  END { for (i = 0; i < others; i++) print line[i] }'\'''
# xl-logs: last lines of every guest's xl log (tail -n 10 /var/log/xen/xl-*.log)
id_xl_logs=xl-logs cad_xl_logs=120 tmo_xl_logs=10 max_xl_logs=262144 evt_xl_logs=''
run_xl_logs= full_xl_logs= due_xl_logs=0 sum_xl_logs= again_xl_logs= turn_xl_logs=0 killed_xl_logs= pid_xl_logs=
cmd_xl_logs='[ -d /var/log/xen ] || exit 69
find /var/log/xen -name '\''xl-*.log'\'' -mtime -2 -size +0 | head -n 100 | while IFS= read -r file; do
  echo "@@ $(stat -c %Y "$file") $file"
  tail -n 10 "$file" | cut -c1-400
done
exit 0'

uptime_now() { read -r up _ </proc/uptime; now=${up%.*} now_cs=$((${up%.*} * 100 + 1${up#*.} - 100)); }
wall_now() { wall=$(date +%s.%N 2>/dev/null); case $wall in *N*|*%*) wall=${wall%%.*};; ''|*[!0-9.]*) wall=-;; esac; }
lock() { read -r _ <&5; }
# size: bytes of $1. Some busybox count characters, whatever LC_ALL says; a frame announces bytes.
two=$(printf '\303\251')
if [ "${#two}" = 2 ]; then size_of() { size=${#1}; }; else size_of() { size=$(printf %s "$1" | wc -c); size=$((size)); }; fi
unlock() { echo >&5; }

# found: $1 and everything it started, however deep (whose chain of parents leads to it); of the first shell also its own process group.
descendants() {
  found=" $1 " again=1 table=
  for stat in /proc/[0-9]*/stat; do
    { read -r line <"$stat"; } 2>/dev/null || continue
    pid=${line%% *} rest=${line##*) }
    case $rest in Z*) continue;; esac
    rest=${rest#* }
    parent=${rest%% *} rest=${rest#* }
    [ "${rest%% *}" != "$1" ] || found="$found$pid "
    table="$table $pid:$parent"
  done
  while [ -n "$again" ]; do
    again=
    for pair in $table; do
      case $found in *" ${pair%:*} "*) continue;; esac
      case $found in *" ${pair#*:} "*) found="$found${pair%:*} " again=1;; esac
    done
  done
}
finish() {
  trap '' HUP INT PIPE TERM
  read -r self _ </proc/self/stat
  # What is started while the list is made is on the next one. What can't be killed (D state) is on all of them.
  for round in 1 2 3 4 5 6 7 8 9; do
    descendants $$
    left=
    for pid in $found; do [ "$pid" = "$self" ] || [ "$pid" = $$ ] || { kill -KILL "$pid" 2>/dev/null && left=1; }; done
    [ -n "$left" ] || break
  done
  [ "$self" = $$ ] || kill -KILL $$ 2>/dev/null
  exit 0
}

# One reading: run, bound, compare with the last answer, tell what changed. After the answer comes a line with its status; without it the answer was
# too long, or its command was killed at the time limit.
job() {
  eval "cmd=\$cmd_$1 max=\$max_$1 old=\$sum_$1 id=\$id_$1"
  read -r t0 _ </proc/uptime
  out=$({ (eval "$cmd") 2>/dev/null </dev/null 3>&- 4>&- 5>&-; rc=$?; echo "$nl$mark$rc"; } | head -c $((max + 64)))
  read -r t1 _ </proc/uptime
  case $out in
    *"$nl$mark"*) rc=${out##*"$mark"} cut=0 body=${out%"$nl$mark"*} body=${body%"$nl"};;
    *) body=$out; if [ ${#out} -lt "$max" ]; then rc=137 cut=0; else rc=0 cut=1; fi;;
  esac
  size_of "$body"
  [ "$size" -le "$max" ] || { cut=1; body=$(printf "%.${max}s" "$body"); size_of "$body"; }
  sum=$(printf '%s %s %s' "$rc" "$cut" "$body" | cksum)
  sum=${sum%% *}
  # Without a sum nothing is known to be the same.
  if [ "$sum" != "$old" ] || [ -z "$sum" ]; then
    took=$(( ${t1%.*} * 100 + 1${t1#*.} - ${t0%.*} * 100 - 1${t0#*.} ))
    lock
    printf 'XHP1 sec %s %s %d.%02d %s %s %d\n%s\n' "$id" "$rc" $((took / 100)) $((took % 100)) "$cut" "${asked:--}" "$size" "$body"
    unlock
    echo "D $1 ${sum:--}" >&3
  else
    echo "D $1 $sum same" >&3
  fi
}
# Who asked for a full answer gets one, whether it is the same as before or not.
start() {
  eval "[ -z \"\$full_$1\" ] || sum_$1= full_$1=; turn=\$turn_$1"
  [ "$turn" -gt "$now_cs" ] || turn=$now_cs
  eval "run_$1=$now turn_$1=$((turn + 50)) again_$1= killed_$1="
  job "$1" & eval "pid_$1=$!"
}
# What a reading past its limit runs is killed; the job itself stays, so that what can't be killed (D state) is not started a second time.
enforce() {
  for r in $readings; do
    eval "run=\$run_$r tmo=\$tmo_$r killed=\$killed_$r job=\$pid_$r"
    [ -n "$run" ] && [ -z "$killed" ] && [ $((now - run)) -ge "$tmo" ] || continue
    eval "killed_$r=1"
    descendants "$job"
    # Its number may be another process's by now: only a child of ours is.
    case "$table " in *" $job:$looper "*) ;; *) continue;; esac
    for pid in $found; do [ "$pid" = "$job" ] || kill -KILL "$pid" 2>/dev/null; done
  done
}
# Starts what is due, the longest overdue first (what has never run: in the table's order), while there is room. A job past its limit takes none.
start_due() {
  busy=0
  for r in $readings; do eval "run=\$run_$r tmo=\$tmo_$r"; [ -n "$run" ] && [ $((now - run)) -le "$tmo" ] && busy=$((busy + 1)); done
  while [ "$busy" -lt 3 ]; do
    next= first=$((now + 1))
    for r in $readings; do
      eval "run=\$run_$r due=\$due_$r"
      [ -z "$run" ] && [ -n "$due" ] && [ "$due" -lt "$first" ] && next=$r first=$due
    done
    [ -n "$next" ] || return 0
    start "$next"
    busy=$((busy + 1))
  done
}
# Reads soon: at once, 3 times in a row, then every 0.5 s; while it runs: again afterwards. turn: until when its runs would last, had each waited its turn.
hurry() {
  eval "run=\$run_$1 turn=\$turn_$1"
  if [ -n "$run" ]; then eval "again_$1=1"
  elif [ $((turn - now_cs)) -le 100 ]; then eval "due_$1=$now again_$1="
  else eval "again_$1=1"; wake
  fi
}
# Says `w` a turn later: nothing else may happen by then. Not every sleep knows parts of a second.
wake() { [ -n "$waking" ] || { waking=1; { sleep 0.5 2>/dev/null || sleep 1; echo w >&3; } & }; }
woken() {
  waking=
  for r in $readings; do eval "again=\$again_$r run=\$run_$r"; [ -z "$again" ] || [ -n "$run" ] || hurry "$r"; done
}
ended() { # NAME SUM [same]
  eval "id=\$id_$1 cad=\$cad_$1 tmo=\$tmo_$1 again=\$again_$1 rest=\$(((now - run_$1) * 2)); run_$1= sum_$1=$2"
  # On a slow or overloaded dom0 a reading rests twice as long as it took; not so long that what it told grows stale.
  [ "$rest" -le "$tmo" ] || rest=$tmo
  [ "$cad" = 0 ] || [ "$rest" -le "$cad" ] || cad=$rest
  if [ "$cad" -gt 0 ]; then eval "due_$1=$((now + cad))"; else eval "due_$1="; fi
  [ -z "$again" ] || hurry "$1"
  [ -z "$3" ] || same="$same,$id"
}
beat() {
  beats=$((beats + 1)) running=
  if [ $((beats % 3)) = 1 ]; then wall_now; else wall=-; fi
  for r in $readings; do eval "run=\$run_$r id=\$id_$r"; [ -z "$run" ] || running="$running,$id:$((now - run))"; done
  running=${running#,} same=${same#,}
  lock
  printf 'XHP1 beat %s %s %s %s %s\n' "$up" "$wall" "${running:--}" "${same:--}" "${asked:--}"
  unlock
  same=
}
hello() {
  wall_now
  text="probe=2$nl"
  read -r host </proc/sys/kernel/hostname; read -r kernel </proc/sys/kernel/osrelease; read -r boot </proc/sys/kernel/random/boot_id
  text="${text}host=$host${nl}kernel=$kernel${nl}boot_id=$boot${nl}uid=$(id -u)$nl"
  for tool in xl xenstore-ls xenstore-watch xentop drbdsetup drbdadm multipathd iscsiadm nbd-client lvs lsblk ip bridge ovs-vsctl journalctl head cksum systemd-run sudo; do
    if command -v "$tool" >/dev/null 2>&1; then text="${text}tool.$tool=1$nl"; else text="${text}tool.$tool=0$nl"; fi
  done
  for r in $readings; do eval "text=\"\${text}reading=\$id_$r\$nl\""; done
  size_of "$text"
  lock
  printf 'XHP1 hello %s %s %d\n%s\n' "$up" "$wall" "$size" "$text"
  unlock
}
emit_event() { # STREAM LINE: bounded in length and in lines a second
  read -r ev_up _ </proc/uptime
  [ "${ev_up%.*}" = "$ev_second" ] || ev_second=${ev_up%.*} ev_count=0
  ev_count=$((ev_count + 1))
  [ "$ev_count" -le 40 ] || return 0
  ev_line=$2
  [ "$ev_count" -lt 40 ] || ev_line='(more lines came in this second than are sent)'
  [ ${#ev_line} -le 2000 ] || ev_line=$(printf '%.2000s' "$ev_line")
  size_of "$ev_line"
  lock
  printf 'XHP1 evt %s %d\n%s\n' "$1" "$size" "$ev_line"
  unlock
}
follow_drbd() {
  command -v drbdsetup >/dev/null 2>&1 || return 0
  while :; do
    /bin/sh -c 'exec drbdsetup events2 --timestamps </dev/null' 2>/dev/null | while IFS= read -r line; do
      case $line in *' exists '*|exists\ *) continue;; esac
      emit_event drbd "$line"
      echo "e drbd" >&3
    done
    sleep 5
  done
}
follow_xen() {
  command -v xenstore-watch >/dev/null 2>&1 || return 0
  while :; do
    /bin/sh -c 'exec xenstore-watch @introduceDomain @releaseDomain /local/domain/0/backend' 2>/dev/null | while IFS= read -r line; do
      case $line in '') continue;; esac
      echo "e xen" >&3
    done
    sleep 5
  done
}
follow_net() {
  command -v ip >/dev/null 2>&1 || return 0
  while :; do
    /bin/sh -c 'exec ip -o monitor link' 2>/dev/null | while IFS= read -r line; do
      case $line in '') continue;; esac
      echo "e net" >&3
    done
    sleep 5
  done
}
follow_kernel() {
  command -v sh >/dev/null 2>&1 || return 0
  while :; do
    /bin/sh -c 'command -v journalctl >/dev/null && [ -d /run/systemd/system ] && exec journalctl -k -f -n 0 -o short-unix
exec dmesg -W' 2>/dev/null | while IFS= read -r line; do
      case $line in ''|'-- '*) continue;; esac
      emit_event kernel "$line"
      echo "e kernel" >&3
    done
    sleep 5
  done
}
# Says `l` once it can be told that the console spoke, and `t` every 2 s. Ends everything when the console has said nothing for 25 s, even while the main loop is stuck in a write.
ticker() {
  silent=0
  trap 'silent=0' USR1
  trap - PIPE
  echo l >&3
  while sleep 2; do
    silent=$((silent + 2))
    [ "$silent" -le 25 ] && kill -0 $$ 2>/dev/null || finish
    echo t >&3
  done
}
listen() { while read -r word one two <&4; do kill -USR1 "$ticker" 2>/dev/null; echo "$word $one $two" >&3; done; echo q >&3; }
known() { case " $readings " in *" $1 "*) return 0;; esac; return 1; }

mark="xenha-probe-$$-rc " beats=0 same= asked= waking= listening= ev_second= ev_count=0
# A shell's own remarks ("Killed") have no reader.
exec 4<&0 2>/dev/null
: | {
exec 3<>/proc/self/fd/0
: | {
exec 5<>/proc/self/fd/0 0</dev/null
trap finish HUP INT PIPE TERM
read -r looper _ </proc/self/stat
unlock
uptime_now
hello
ticker </dev/null & ticker=$!
follow_drbd </dev/null >&1 &
follow_xen </dev/null >&1 &
follow_net </dev/null >&1 &
follow_kernel </dev/null >&1 &
beat
start_due
while read -r word one two three <&3; do
  uptime_now
  case $word in
    t) beat; enforce; start_due;;
    # Not sooner: before its trap is set, the signal would end the ticker, and no time would pass any more.
    l) [ -n "$listening" ] || { listening=1; listen </dev/null & };;
    w) woken; start_due;;
    D) ended "$one" "$two" "$three"; start_due;;
    e) for r in $readings; do eval "evt=\$evt_$r"; case " $evt " in *" $one "*) hurry "$r";; esac; done; start_due;;
    k) case $one in ''|*[!0-9]*) ;; *) asked=$one;; esac;;
    r) name=$(printf %s "$one" | tr - _); known "$name" && { hurry "$name"; start_due; };;
    f) name=$(printf %s "$one" | tr - _); known "$name" && { eval "full_$name=1"; hurry "$name"; start_due; };;
    c) name=$(printf %s "$one" | tr - _); known "$name" && case $two in ''|*[!0-9]*) ;; *) [ "$two" -gt 0 ] && { eval "cad_$name=$two"; hurry "$name"; start_due; };; esac;;
    q) break;;
  esac
done
lock; printf 'XHP1 bye asked\n'; unlock
finish
}
}
}
xenha_probe
