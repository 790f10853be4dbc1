"""The SageMaker Python SDK, version 2, on two instances: both are waited for, and both logs are shown."""

import contextlib
import io
import os
import tempfile
import unittest

from sagemaker import Session
from sagemaker.estimator import Estimator
from sagemaker.inputs import TrainingInput
from sagemaker.instance_group import InstanceGroup

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312"
ROLE = "arn:aws:iam::111122223333:role/SageMakerRole"
SCRIPT = """
import os
print("host %s of %s in %s" % (os.environ["SM_CURRENT_HOST"], os.environ["SM_HOSTS"], os.environ["SM_CURRENT_INSTANCE_GROUP"]))
print("channels %s" % sorted(os.listdir("/opt/ml/input/data")))
"""

session = Session()


class TwoInstances(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = folder.name
        with open(os.path.join(self.source, "train.py"), "w") as file:
            file.write(SCRIPT)

    def fit(self, inputs=None, **more):
        estimator = Estimator(
            image_uri=IMAGE,
            entry_point="train.py",
            source_dir=self.source,
            role=ROLE,
            sagemaker_session=session,
            **more,
        )
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            estimator.fit(inputs)
        return estimator.latest_training_job.describe(), shown.getvalue()

    def test_the_logs_of_both_are_shown(self):
        job, shown = self.fit(instance_type="ml.m5.xlarge", instance_count=2)
        self.assertEqual(job["TrainingJobStatus"], "Completed")
        for host in ("algo-1", "algo-2"):
            self.assertIn('host %s of ["algo-1","algo-2"] in homogeneousCluster' % host, shown.replace('", "', '","'))

    def test_a_group_gets_its_channel_and_the_network_is_isolated(self):
        data = session.upload_string_as_file_body("x", session.default_bucket(), "two/only.txt")
        job, shown = self.fit(
            {"only": TrainingInput(data, instance_groups=["second"])},
            instance_groups=[InstanceGroup("first", "ml.m5.xlarge", 1), InstanceGroup("second", "ml.c5.xlarge", 1)],
            enable_network_isolation=True,
        )
        self.assertEqual(job["TrainingJobStatus"], "Completed")
        self.assertEqual([group["InstanceCount"] for group in job["ResourceConfig"]["InstanceGroups"]], [1, 1])
        self.assertIn("in first", shown)
        self.assertIn("in second", shown)
        self.assertIn("channels ['code']", shown)
        self.assertIn("channels ['code', 'only']", shown)


if __name__ == "__main__":
    unittest.main()
