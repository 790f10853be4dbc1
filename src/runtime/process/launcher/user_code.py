"""Brings the user's code to the code folder and installs what it asks for."""

import collections
import os
import shutil
import site
import subprocess
import sys
import tarfile
import tempfile
import zlib

from failure import SetupError, failed_command
from folders import CODE, below_base, inside_code
from s3_object import download


def bring_code(job):
    """Fills the code folder from the submit directory, else from the channel `code`; what lies there already is kept."""
    os.makedirs(CODE, exist_ok=True)
    source = job["module_dir"]
    if os.listdir(CODE):
        return
    if source.startswith("s3://"):
        with tempfile.TemporaryFile() as archive:
            download(source, archive)
            unpack(archive, source)
    elif below_base(source) != CODE:
        bring_local(below_base(source))
    elif "code" in job["channel_input_dirs"]:
        channel = job["channel_input_dirs"]["code"]
        archive = os.path.join(channel, "sourcedir.tar.gz")
        bring_local(archive if os.path.isfile(archive) else channel)


def bring_local(place):
    if os.path.isdir(place):
        for name in os.listdir(place):
            copy = shutil.copytree if os.path.isdir(os.path.join(place, name)) else shutil.copy2
            copy(os.path.join(place, name), os.path.join(CODE, name))
    elif os.path.isfile(place):
        with open(place, "rb") as archive:
            unpack(archive, place)
    else:
        raise SetupError("sagemaker_submit_directory: %s is neither a folder nor an archive." % place)


def unpack(archive, source):
    """Unpacks a tar archive into the code folder; refuses one with a member that would lie, or point, outside of it."""
    archive.seek(0)
    try:
        with tarfile.open(fileobj=archive) as members:
            for member in members:
                unpack_member(members, member)
    except (tarfile.TarError, zlib.error, EOFError, KeyError, OSError) as error:
        raise SetupError("%s cannot be unpacked: %s" % (source, error)) from error


def unpack_member(members, member):
    """By hand, because the `filter` of tarfile, which would do, is not in every Python that we may be run by."""
    target = os.path.normpath(os.path.join(CODE, member.name))
    # Asked of each member just before it is written, because an earlier one may be a link.
    if not inside_code(os.path.dirname(target)) and target != os.path.normpath(CODE):
        raise SetupError("The code archive has a member outside of its folder: %r." % member.name)
    if member.isdir():
        os.makedirs(target, exist_ok=True)
        return
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(target):
        os.unlink(target)
    if member.issym():
        make_link(target, member)
    elif member.isfile() or member.islnk():
        write_file(target, members, member)
    else:
        raise SetupError("The code archive has a member that is no file, folder or link: %r." % member.name)


def make_link(target, member):
    if os.path.isabs(member.linkname) or not inside_code(os.path.join(os.path.dirname(target), member.linkname)):
        raise SetupError("The code archive has a link out of its folder: %r." % member.name)
    os.symlink(member.linkname, target)


def write_file(target, members, member):
    """Of a hard link, `extractfile` gives the content of the member that it names."""
    with members.extractfile(member) as content, open(target, "wb") as file:
        shutil.copyfileobj(content, file)
    os.chmod(target, member.mode & 0o755 | 0o600)


def check_entry_point(script):
    if not script:
        raise SetupError(
            "Nothing says what to run: give the hyperparameter sagemaker_program (with the code in"
            " sagemaker_submit_directory or in a channel named code), or ContainerEntrypoint."
        )
    target = os.path.join(CODE, script)
    if os.path.isabs(script) or script.startswith("-") or not inside_code(target):
        raise SetupError("sagemaker_program: %r is not a path inside of the code folder." % script)
    if not os.path.isfile(target) and not is_package(script):
        there = ", ".join(sorted(os.listdir(CODE))) or "nothing"
        raise SetupError("sagemaker_program: there is no %s in the code folder, which holds: %s." % (script, there))


def is_package(script):
    """Whether the code is installed and run as a module: it has a setup.py, and the program is not a shell script."""
    return os.path.isfile(os.path.join(CODE, "setup.py")) and not script.endswith(".sh")


def install(script):
    """Installs the package and the requirements that the code folder holds; returns the python to go on with.

    The environment is its owner's and stays as it is: packages go into one of this job's own, which sees the other through
    and ends with the job.
    """
    wanted = ["."] if is_package(script) else []
    if os.path.isfile(os.path.join(CODE, "requirements.txt")) and (wanted or script.endswith(".py")):
        wanted += ["-r", "requirements.txt"]
    if not wanted:
        return sys.executable
    python = make_environment()
    code, last_lines = run_aloud([python, "-m", "pip", "install", "--disable-pip-version-check"] + wanted)
    if code != 0:
        command = " ".join([sys.executable, "-m", "pip", "install"] + wanted)
        kind = "InstallModuleError" if is_package(script) else "InstallRequirementsError"
        raise SetupError(failed_command(kind, code, last_lines, command))
    return python


def make_environment():
    try:
        # Only here: Linux distributions split Python, and only jobs that install something need this part.
        import venv
    except ImportError as error:
        raise SetupError("%s lacks the module venv, which installing needs: %s" % (sys.executable, error)) from error
    # HOME is the instance's own wherever the job runs; /tmp is not.
    folder = tempfile.mkdtemp(prefix="environment-", dir=os.path.expanduser("~"))
    venv.EnvBuilder(system_site_packages=True, with_pip=False, symlinks=True).create(folder)
    # An environment made from another sees the base of that one, not its packages; a .pth file adds them.
    packages = os.path.join(folder, "lib", "python%d.%d" % sys.version_info[:2], "site-packages")
    with open(os.path.join(packages, "around.pth"), "w") as file:
        file.write("".join(path + "\n" for path in site.getsitepackages()))
    return os.path.join(folder, "bin", "python")


def run_aloud(command):
    """Runs it with its output in the log; returns its exit code and the last lines of its output."""
    last_lines = collections.deque(maxlen=20)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            for line in process.stdout:
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
                last_lines.append(line.decode("utf-8", "replace"))
        except SystemExit:
            # Stopped: leaving the block would wait for it.
            process.kill()
            raise
    return process.returncode, "".join(last_lines).strip()
