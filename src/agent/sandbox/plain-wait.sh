# plain-wait.sh COMMAND...   the waiter where bubblewrap is not: runs COMMAND as its child and says how it ended
trap : HUP INT TERM                            # a handler: an ignored signal would be inherited by the job
exec 6>&2 2>/dev/null                          # the shell's own "Killed" stays out of the job's log
(exec "$@" 2>&6 6>&-)                          # in the foreground: a background child would ignore INT and QUIT
code=$?
printf '{ "exit-code": %d }\n' $code >&9
exit $code
