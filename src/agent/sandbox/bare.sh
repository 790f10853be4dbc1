# bare.sh FOLDER COMMAND...   the command's first process where there are no namespaces: a session of its own
printf '{ "child-pid": %d }\n' $$ >&9
cd "$1" || exit 1
shift
exec "$@" 9>&-
