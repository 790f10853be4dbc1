"""The folders of a training job (behaviour 3.2), below SAGEMAKER_BASE_DIR where the job has no /opt/ml of its own."""

import os

OPT_ML = "/opt/ml"
BASE = os.environ.get("SAGEMAKER_BASE_DIR", OPT_ML)
CODE = os.path.join(BASE, "code")
INPUT = os.path.join(BASE, "input")
MODEL = os.path.join(BASE, "model")
OUTPUT = os.path.join(BASE, "output")


def below_base(path):
    """A path that the request gives below /opt/ml, where this job has it."""
    inside = path == OPT_ML or path.startswith(OPT_ML + "/")
    return os.path.normpath(BASE + path[len(OPT_ML) :] if inside else path)


def inside_code(path):
    """Whether the path, all links followed, is the code folder or lies in it."""
    code = os.path.realpath(CODE)
    return os.path.commonpath([code, os.path.realpath(path)]) == code
