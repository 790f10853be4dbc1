# launch.sh COMMAND...   cwd = the instance's folder, stdout and stderr = its log; becomes the waiter
set -C; command : >claim || exit 75; set +C    # one winner: this start, or the one that calls it off
read -r boot </proc/sys/kernel/random/boot_id
read -r stat </proc/self/stat
printf '%s\n%s\n' "$boot" "$stat" >waiter
exec "$@" 7<environ 8>>status 9>>status
