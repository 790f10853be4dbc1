import json, subprocess, threading
import pytest


@pytest.fixture(scope="session", autouse=True)
def trainyard(tmp_path_factory):
    """A server for the whole session: every AWS client that a test makes talks to it."""
    data = str(tmp_path_factory.mktemp("trainyard"))
    server = subprocess.Popen(["trainyard", "serve", "--port", "0", "--data", data], stdout=subprocess.PIPE)
    assert any(b'"listening"' in line for line in server.stdout), "trainyard serve did not start"
    threading.Thread(target=server.stdout.read, daemon=True).start()  # a pipe that nobody reads would fill up
    variables = json.loads(subprocess.check_output(["trainyard", "env", "--json", "--data", data]))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables
    server.terminate()
    server.wait()
