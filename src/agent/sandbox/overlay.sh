# overlay.sh FSTAB COMMAND...   in a mount namespace of its own: mounts the channels that are overlays, then becomes COMMAND
set -e
mount -a -T "$1"
shift
exec "$@"
