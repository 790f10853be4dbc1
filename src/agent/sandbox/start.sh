# start.sh COMMAND...   process 1 of the instance, with the job's rights, until it becomes COMMAND
# Descriptor 7 is the job's environment as sh, 8 the status file: only from here on nothing of ours runs with what the job may set.
. /proc/self/fd/7
echo '{ "started": true }' >&8
exec /usr/bin/env -u PWD -u OLDPWD -u SHLVL -u _ "$@" 7<&- 8>&- 9>&-
