# network.sh SECONDS GATEWAY BRIDGE ADDRESS...   in user, network and mount namespaces of its own; cwd = the network's folder, which holds an empty folder ns
# Makes a bridge, and for algo-1, algo-2 ... a network namespace with an eth0 that is a port of it, then holds all of that for so long, or until it is killed.
# GATEWAY is the address of the way to other machines, or none; BRIDGE and ADDRESS are with their prefix.
set -e
set -C; command : >claim || exit 75; set +C    # one winner: this one, or whoever calls the network off
read -r boot </proc/sys/kernel/random/boot_id
read -r stat </proc/self/stat
printf '%s\n%s\n' "$boot" "$stat" >holder
seconds=$1 gateway=$2 bridge=$3 here=$PWD children=; shift 3
each() { for child in $children; do wait "$child"; done; children=; }
mount -t tmpfs algo ns                         # seen in this mount namespace only
k=0; for address; do k=$((k+1))
  : >ns/algo-$k; mkdir ns/sys-$k; unshare --net=ns/algo-$k true & children="$children $!"
done; each
{ printf '%s\n' 'link set lo up' 'link add br0 type bridge' 'link set br0 mtu 65520 up' "addr add $bridge dev br0"
  [ "$gateway" = none ] || printf '%s\n' 'tuntap add tap0 mode tap' 'link set tap0 mtu 65520 master br0 up'
  k=0; for address; do k=$((k+1)); printf '%s\n' \
    "link add v$k type veth peer name eth0 netns $here/ns/algo-$k" "link set v$k mtu 65520 master br0 up"
  done; } | ip -batch -
k=0; for address; do k=$((k+1)); {
  { printf '%s\n' 'link set lo up' 'link set eth0 mtu 65520 up' "addr add $address dev eth0"
    [ "$gateway" = none ] || echo "route add default via $gateway"; } | nsenter --net=ns/algo-$k ip -batch -
  nsenter --net=ns/algo-$k mount -t sysfs algo ns/sys-$k
  } & children="$children $!"
done; each
[ "$gateway" = none ] || { mkfifo up; exec 8<>up; }  # the way out ends when this process does
: >ready
exec sleep "$seconds"
