# inside.sh FSTAB NAME COMMAND...   process 1 of the instance's namespaces: makes its file system, then becomes COMMAND
set -e
[ $$ = 1 ] || exit 70                          # never mount anything in the host's namespace
read -r stat </proc/self/stat                  # still the host's /proc: our pid as the host sees it
printf '{ "child-pid": %d }\n' "${stat%% *}" >&9
mount -a -T "$1"
hostname "$2" 2>/dev/null || echo "$2" >/proc/sys/kernel/hostname
shift 2
cd /opt/ml
exec "$@" 9>&-
