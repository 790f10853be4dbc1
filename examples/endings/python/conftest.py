import json
import subprocess
import tempfile
from pathlib import Path
from urllib.request import Request, urlopen

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest


class Yard:
    """A server whose jobs are simulated and whose time stands still until it is moved."""

    def __init__(self, data):
        env = json.loads(subprocess.check_output(["trainyard", "env", "--json", "--data", data]))
        self.url = env["AWS_ENDPOINT_URL"]
        self.session = boto3.Session(env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"], region_name="us-east-1")
        self.sagemaker = self.session.client("sagemaker", endpoint_url=self.url)
        account = self.session.client("sts", endpoint_url=self.url).get_caller_identity()["Account"]
        self.bucket = f"sagemaker-us-east-1-{account}"

    def post(self, path, body=None):
        data = json.dumps(body or {}).encode()
        signed = AWSRequest("POST", self.url + path, data=data, headers={"Content-Type": "application/json"})
        SigV4Auth(self.session.get_credentials(), "trainyard", "us-east-1").add_auth(signed)
        with urlopen(Request(signed.url, data, dict(signed.headers), method="POST")) as answer:
            return json.load(answer)

    def advance(self, by):
        self.post("/-/clock/advance", {"by": by})

    def interrupt(self, job):
        return self.post(f"/-/jobs/{job}/interrupt")["interrupted"]


@pytest.fixture(scope="session")
def yard():
    with tempfile.TemporaryDirectory() as folder:
        data = str(Path(folder) / "data")
        Path(data).mkdir()
        # Exactly what each type has, and no GPU to be had.
        (Path(data) / "trainyard.yaml").write_text("fleet: { policy: fit, gpus: 0 }")
        command = ["trainyard", "serve", "--runtime", "simulated", "--clock", "virtual", "--port", "0", "--data", data]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            for line in server.stdout:
                if '"listening"' in line:
                    break
            yield Yard(data)
        finally:
            server.terminate()
            server.communicate()
