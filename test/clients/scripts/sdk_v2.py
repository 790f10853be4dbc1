"""The SageMaker Python SDK, version 2, beyond the example: framework estimators, failures, stops."""

import os
import tempfile
import unittest

from sagemaker import Session
from sagemaker.analytics import TrainingJobAnalytics
from sagemaker.estimator import Estimator
from sagemaker.exceptions import UnexpectedStatusException
from sagemaker.pytorch import PyTorch

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312"
ROLE = "arn:aws:iam::111122223333:role/SageMakerRole"
WAY = ["Starting", "Downloading", "Training", "Uploading", "Completed"]

session = Session()


class Estimators(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = folder.name

    def write(self, text):
        with open(os.path.join(self.source, "train.py"), "w") as file:
            file.write(text)

    def arguments(self, **more):
        return dict(
            entry_point="train.py",
            source_dir=self.source,
            role=ROLE,
            instance_type="ml.m5.xlarge",
            instance_count=1,
            sagemaker_session=session,
            **more,
        )

    def test_a_framework_estimator_finds_its_image_by_itself(self):
        self.write("import os, sys; print('got', sys.argv[1:], os.environ['SM_HP_NAME'])")
        estimator = PyTorch(
            framework_version="2.3", py_version="py311", hyperparameters={"name": "a b", "epochs": 2}, **self.arguments()
        )
        estimator.fit(logs="None")
        job = estimator.latest_training_job.describe()
        self.assertIn("/pytorch-training:2.3", job["AlgorithmSpecification"]["TrainingImage"])
        self.assertEqual([step["Status"] for step in job["SecondaryStatusTransitions"]], WAY)

    def test_a_failed_job_is_an_exception_with_the_error_of_the_script(self):
        self.write("raise ValueError('no digit in train')")
        with self.assertRaises(UnexpectedStatusException) as caught:
            Estimator(image_uri=IMAGE, **self.arguments()).fit(logs="None")
        self.assertIn("ValueError: no digit in train (train.py, line 1, in <module>)", str(caught.exception))

    def test_the_metrics_of_a_job_are_a_data_frame(self):
        self.write("for loss in (3, 1): print('loss=%d; acc=%s' % (loss, loss / 4), flush=True)")
        definitions = [{"Name": "loss", "Regex": "loss=([0-9]+)"}, {"Name": "acc", "Regex": "acc=([0-9.]+)"}]
        estimator = Estimator(image_uri=IMAGE, metric_definitions=definitions, **self.arguments())
        estimator.fit(logs="None")
        name = estimator.latest_training_job.name
        frame = TrainingJobAnalytics(name, sagemaker_session=session).dataframe()
        self.assertEqual(list(frame.columns), ["timestamp", "metric_name", "value"])
        self.assertEqual(set(frame.metric_name), {"loss", "acc"})
        # A minute may have ended between the two values.
        self.assertIn(list(frame.value[frame.metric_name == "loss"]), ([2.0], [3.0, 1.0]))
        self.assertIn(list(frame.value[frame.metric_name == "acc"]), ([0.5], [0.75, 0.25]))
        one = TrainingJobAnalytics(name, ["acc"], sagemaker_session=session).dataframe()
        self.assertEqual(set(one.metric_name), {"acc"})

    def test_a_job_is_stopped_and_waited_for(self):
        self.write("import time; time.sleep(600)")
        estimator = Estimator(image_uri=IMAGE, **self.arguments())
        estimator.fit(wait=False)
        estimator.latest_training_job.stop()
        estimator.latest_training_job.wait(logs="None")
        self.assertEqual(estimator.latest_training_job.describe()["TrainingJobStatus"], "Stopped")


if __name__ == "__main__":
    unittest.main()
