"""The SageMaker Python SDK, version 3, on two instances: both are waited for, and both logs are shown."""

import logging
import os
import tempfile
import unittest

from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, SourceCode

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312"
ROLE = "arn:aws:iam::111122223333:role/SageMakerRole"


class TwoInstances(unittest.TestCase):
    def test_the_logs_of_both_are_shown(self):
        with tempfile.TemporaryDirectory() as source:
            with open(os.path.join(source, "train.py"), "w") as file:
                file.write("import os; print('this is', os.environ['SM_CURRENT_HOST'], 'of', os.environ['SM_HOST_COUNT'])")
            trainer = ModelTrainer(
                training_image=IMAGE,
                source_code=SourceCode(source_dir=source, entry_script="train.py"),
                role=ROLE,
                base_job_name="sdk-v3-two",
                compute=Compute(instance_type="ml.m5.xlarge", instance_count=2),
            )
            with self.assertLogs("sagemaker", logging.INFO) as shown:
                trainer.train(wait=True, logs=True)
        self.assertEqual(trainer._latest_training_job.training_job_status, "Completed")
        text = "\n".join(shown.output)
        for host in ("algo-1", "algo-2"):
            self.assertRegex(text, "this is %s of 2" % host)


if __name__ == "__main__":
    unittest.main()
