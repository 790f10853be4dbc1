"""The SageMaker Python SDK, version 3, beyond the example: failures, requirements, jobs as resources."""

import os
import tempfile
import unittest

from sagemaker.core.resources import TrainingJob
from sagemaker.core.utils.exceptions import FailedStatusError
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import InputData, SourceCode

IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312"
ROLE = "arn:aws:iam::111122223333:role/SageMakerRole"
WAY = ["Starting", "Downloading", "Training", "Uploading", "Completed"]


class Trainers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = folder.name

    def write(self, name, text):
        with open(os.path.join(self.source, name), "w") as file:
            file.write(text)

    def trainer(self, source_code):
        return ModelTrainer(training_image=IMAGE, source_code=source_code, role=ROLE, base_job_name="sdk-v3")

    def test_a_command_is_run_with_data_of_this_machine(self):
        self.write("numbers.txt", "1 2 3")
        trainer = self.trainer(SourceCode(source_dir=self.source, command="cat /opt/ml/input/data/numbers/numbers.txt"))
        numbers = InputData(channel_name="numbers", data_source=os.path.join(self.source, "numbers.txt"))
        trainer.train(input_data_config=[numbers], logs=False)
        job = trainer._latest_training_job
        self.assertEqual([step.status for step in job.secondary_status_transitions], WAY)

    def test_a_failed_job_is_an_exception_with_the_error_of_the_script(self):
        self.write("train.py", "raise ValueError('no digit in train')")
        trainer = self.trainer(SourceCode(source_dir=self.source, entry_script="train.py"))
        with self.assertRaises(FailedStatusError) as caught:
            trainer.train(logs=False)
        self.assertIn("AlgorithmError: ", str(caught.exception))
        self.assertIn("exit code: 1", str(caught.exception))

    def test_jobs_are_resources(self):
        self.write("train.py", "print('hello')")
        trainer = self.trainer(SourceCode(source_dir=self.source, entry_script="train.py"))
        trainer.train(wait=False, logs=False)
        name = trainer._latest_training_job.training_job_name
        job = TrainingJob.get(training_job_name=name)
        job.wait(poll=1)
        self.assertEqual(job.training_job_status, "Completed")
        self.assertIn(name, [each.training_job_name for each in TrainingJob.get_all(name_contains="sdk-v3")])


if __name__ == "__main__":
    unittest.main()
