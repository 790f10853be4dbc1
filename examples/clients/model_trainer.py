"""Trains on the handwritten digits with the SageMaker Python SDK, version 3 (ModelTrainer).

    pip install 'sagemaker>=3'
    python3 model_trainer.py

There is no endpoint in here: against Trainyard it runs with the variables of `trainyard env`, against AWS without them (and
with a role of yours).
"""

import os

from sagemaker.core.shapes import MetricDefinition
from sagemaker.core.utils.utils import configure_logging
from sagemaker.train import ModelTrainer
from sagemaker.train.configs import Compute, InputData, SourceCode, StoppingCondition

DIGITS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "digits")

# Shows the job's log, which the SDK hands to Python's logging.
configure_logging()

trainer = ModelTrainer(
    training_image="763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.8.0-cpu-py312",
    source_code=SourceCode(source_dir=DIGITS, entry_script="train.py", ignore_patterns=["train", "test", "demo*"]),
    role="arn:aws:iam::111122223333:role/SageMakerRole",
    base_job_name="digits-model-trainer",
    compute=Compute(instance_type="ml.m5.xlarge", instance_count=1),
    hyperparameters={"epochs": 3},
    stopping_condition=StoppingCondition(max_runtime_in_seconds=600),
).with_metric_definitions([MetricDefinition(name="accuracy", regex="accuracy=([0-9.]+)")])

trainer.train(
    input_data_config=[
        InputData(channel_name="train", data_source=os.path.join(DIGITS, "train")),
        InputData(channel_name="test", data_source=os.path.join(DIGITS, "test")),
    ],
    wait=True,
    logs=True,
)

job = trainer._latest_training_job
for transition in job.secondary_status_transitions:
    print("%-12s %s" % (transition.status, transition.status_message))
print("job is %s" % job.training_job_name)
print("model is %s" % job.model_artifacts.s3_model_artifacts)
