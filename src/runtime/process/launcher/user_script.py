"""Runs the user's code as `python SCRIPT` or `python -m MODULE` would, in this process, and notes the error it ends with.

    python3 user_script.py script|module TARGET [ARGUMENT...]

Only what Python itself has loaded is loaded when the user's code begins, so that a `queue.py` of the user's own is found as
it would be without us: whatever else is needed here is imported where it is used.
"""

import os
import sys

from failure import failed_command, write_failure
from first_process import heed_sigterm
from folders import CODE, inside_code

OWN_MODULES = ("failure", "first_process", "folders")


def main(kind, target, arguments):
    heed_sigterm()
    for name in OWN_MODULES:
        del sys.modules[name]
    sys.argv = [target] + arguments
    try:
        run_module(target) if kind == "module" else run_script(os.path.join(CODE, target))
    except SystemExit as end:
        note_exit(end.code)
        raise
    except Exception as error:
        # Shown without our own frames, it reads as it would without us.
        frames = error.__traceback__
        while frames and frames.tb_frame.f_code.co_filename == __file__:
            frames = frames.tb_next
        sys.excepthook(type(error), error.with_traceback(frames), frames)
        note_failure(1, describe(error, frames))
        sys.exit(1)


def run_module(name):
    import runpy

    sys.path[0] = CODE
    runpy.run_module(name, run_name="__main__", alter_sys=True)


def run_script(path):
    sys.path[0] = os.path.dirname(path)
    module = type(sys)("__main__")
    module.__dict__.update(__file__=path, __builtins__=__builtins__)
    sys.modules["__main__"] = module
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    exec(code, module.__dict__)


def note_exit(status):
    """What `sys.exit(status)` means: nothing and 0 are success, a number is the exit code, anything else is a message."""
    if isinstance(status, int):
        if status != 0:
            note_failure(status, "")
    elif status is not None:
        note_failure(1, str(status))


def note_failure(code, message):
    command = " ".join([sys.executable] + sys.argv)
    write_failure(failed_command("ExecuteUserScriptError", code, message, command))


def describe(error, frames):
    """`ValueError: no digits (train.py, line 12, in main)`: the last place in the user's own code."""
    import traceback

    text = "".join(traceback.format_exception_only(type(error), error)).strip()
    own = [entry for entry in traceback.extract_tb(frames) if inside_code(entry.filename)]
    if not own:
        return text
    return "%s (%s, line %d, in %s)" % (text, os.path.basename(own[-1].filename), own[-1].lineno, own[-1].name)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
