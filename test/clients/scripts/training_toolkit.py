"""Script mode in an environment that has AWS's own toolkit, the PyPI package sagemaker-training: its `train` runs, not our launcher."""

import io
import tarfile
import unittest

from botocore.exceptions import WaiterError

from boto3_jobs import bucket, create, log_lines, s3, sagemaker, wait, way

IMAGE = "toolkit/training:1"
CODE = "toolkit/sourcedir.tar.gz"
DATA = "toolkit/train/"
SCRIPTS = {
    "train.py": """
import argparse, os
import helper
parser = argparse.ArgumentParser()
parser.add_argument("--epochs", type=int)
parser.add_argument("--name", type=str)
parser.add_argument("--train", default=os.environ["SM_CHANNEL_TRAIN"])
parser.add_argument("--model-dir", default=os.environ["SM_MODEL_DIR"])
arguments = parser.parse_args()
rows = open(os.path.join(arguments.train, "rows.csv")).read().split()
print("saw %d rows in %s, %r epochs, name %r" % (len(rows), arguments.train, arguments.epochs, arguments.name))
print("parent is %s" % helper.parent())
with open(os.path.join(arguments.model_dir, "model.txt"), "w") as model:
    model.write("rows=%d epochs=%d" % (len(rows), arguments.epochs))
""",
    "helper.py": """
import os
def parent():
    return os.path.basename(open("/proc/%d/cmdline" % os.getppid()).read().split("\\0")[1])
""",
    "fail.py": "raise ValueError('no digit in train')",
}


def setUpModule():
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as members:
        for name, text in SCRIPTS.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            members.addfile(member, io.BytesIO(text.encode()))
    s3.put_object(Bucket=bucket, Key=CODE, Body=archive.getvalue())
    s3.put_object(Bucket=bucket, Key=DATA + "rows.csv", Body=b"1,2\n3,4\n5,6\n")


def train(name, program):
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://%s/%s" % (bucket, DATA)}
    return create(
        name,
        program,
        AlgorithmSpecification={"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        HyperParameters={
            "sagemaker_program": '"%s"' % program,
            "sagemaker_submit_directory": '"s3://%s/%s"' % (bucket, CODE),
            "epochs": "3",
            "name": '"digits"',
        },
        InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}, "ContentType": "text/csv"}],
    )


class Toolkit(unittest.TestCase):
    def test_a_script_trains_with_its_channel_and_hyperparameters_and_its_model_is_uploaded(self):
        train("toolkit-trains", "train.py")
        description = wait("toolkit-trains")
        lines = log_lines("toolkit-trains")
        self.assertEqual(description["TrainingJobStatus"], "Completed", lines)
        self.assertIn("saw 3 rows in /opt/ml/input/data/train, 3 epochs, name 'digits'", lines)
        self.assertIn("parent is train", lines)
        self.assertTrue(any("Reporting training SUCCESS" in line for line in lines), lines)
        model = s3.get_object(Bucket=bucket, Key="output/toolkit-trains/output/model.tar.gz")["Body"].read()
        with tarfile.open(fileobj=io.BytesIO(model)) as archive:
            self.assertEqual(archive.extractfile("model.txt").read(), b"rows=3 epochs=3")

    def test_a_script_that_fails_gives_the_error_of_the_toolkit(self):
        train("toolkit-fails", "fail.py")
        with self.assertRaises(WaiterError):
            wait("toolkit-fails")
        description = sagemaker.describe_training_job(TrainingJobName="toolkit-fails")
        self.assertEqual(description["TrainingJobStatus"], "Failed")
        self.assertEqual([status for status, _ in way(description)][-2:], ["Uploading", "Failed"])
        # Only the toolkit's framework containers ask it to quote what the script printed.
        self.assertRegex(
            description["FailureReason"],
            r'^AlgorithmError: ExecuteUserScriptError:\nExitCode 1\nErrorMessage ""\n'
            r'Command "/.*/bin/python -- fail\.py --epochs 3 --name digits", exit code: 1$',
        )
        lines = log_lines("toolkit-fails")
        self.assertIn("ValueError: no digit in train", lines)
        self.assertTrue(any("Reporting training FAILURE" in line for line in lines), lines)


if __name__ == "__main__":
    unittest.main()
