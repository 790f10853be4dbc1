"""The steps of script mode, from the platform's files to the process that becomes the user's script."""

import os
import shlex
import sys

from failure import SetupError, write_failure
from first_process import hold_sigterm
from folders import CODE
from job_environment import command_arguments, module_name, platform_variables, read_job, sm_variables
from user_code import bring_code, check_entry_point, install, is_package


def run():
    try:
        job = read_job()
        bring_code(job)
        check_entry_point(job["user_entry_point"])
        os.chdir(CODE)
        python = install(job["user_entry_point"])
        os.environ.update(platform_variables(job), **sm_variables(job))
        become_script(python, job["user_entry_point"], command_arguments(job["hyperparameters"]))
    except (SetupError, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        write_failure(str(error))
        sys.exit(1)


def become_script(python, script, arguments):
    """Replaces this process: Python code by way of user_script.py, anything else by itself."""
    if is_package(script):
        become(["-m", module_name(script)], [python, beside("user_script.py"), "module", module_name(script)], arguments)
    elif script.endswith(".py"):
        become([script], [python, beside("user_script.py"), "script", script], arguments)
    else:
        become_program(os.path.join(CODE, script), arguments)


def beside(name):
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), name)


def become(shown, command, arguments):
    announce([command[0]] + shown + arguments)
    # It lets go of it as soon as it can heed it.
    hold_sigterm()
    os.execv(command[0], command + arguments)


def become_program(path, arguments):
    announce([path] + arguments)
    os.chmod(path, 0o755)
    try:
        os.execv(path, [path] + arguments)
    except OSError:
        # A script whose first line does not say what runs it.
        os.execv("/bin/sh", ["/bin/sh", path] + arguments)


def announce(command):
    print("Running " + " ".join(map(shlex.quote, command)), flush=True)
