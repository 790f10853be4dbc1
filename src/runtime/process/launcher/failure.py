"""Why a job failed: the training toolkit's words, in the file that becomes the FailureReason (behaviour 3.8)."""

import os
import sys

from folders import OUTPUT

# The platform keeps 1024 characters of the file: both parts fit in them.
MOST_OF_MESSAGE = 700
MOST_OF_COMMAND = 200


class SetupError(Exception):
    """What keeps the script from being started, in words for the job's owner."""


def failed_command(kind, code, message, command):
    """The toolkit's form. Of a long message the end is kept, which says what went wrong."""
    parts = (kind, code, message[-MOST_OF_MESSAGE:], command[:MOST_OF_COMMAND])
    return '%s:\nExitCode %s\nErrorMessage "%s"\nCommand "%s"' % parts


def write_failure(text):
    """Writes the failure file; one that the script has written itself stands."""
    path = os.path.join(OUTPUT, "failure")
    try:
        os.makedirs(OUTPUT, exist_ok=True)
        with open(path, "x", encoding="utf-8", errors="replace") as file:
            file.write(text)
    except FileExistsError:
        pass
    except OSError as error:
        print("%s cannot be written: %s" % (path, error), file=sys.stderr, flush=True)
