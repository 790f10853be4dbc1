"""The `train` of the environment `local/python`: runs a script the way SageMaker's framework images do ("script mode").

It stands in for the PyPI package `sagemaker-training` where that is not installed, from Python 3.8 on, with the standard
library alone. It reads the files of `/opt/ml/input/config`, brings the user's code to `/opt/ml/code`, installs what that
asks for, sets the `SM_*` variables and then becomes the user's script: the same process, not a child. So signals reach the
script itself, once, whoever sends them; its output goes to the log without a pipe that could reorder lines; and how it ends
is how the job ends.
"""

from first_process import heed_sigterm

if __name__ == "__main__":
    # Before anything else is loaded, which takes several times as long as Python's own start: until then SIGTERM would be lost.
    heed_sigterm()
    from script_mode import run

    run()
